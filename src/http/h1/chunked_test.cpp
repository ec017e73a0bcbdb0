// SPDX-License-Identifier: Apache-2.0
// The chunked coding: what comes out, that it does not depend on how the bytes came, and what is refused.
#include "http/h1/chunked.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/prng.h"

namespace reeve::http::h1 {
namespace {

struct Outcome {
  std::string output;
  std::uint64_t content = 0;
  std::size_t consumed = 0;
  bool at_trailers = false;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

// Feeds `text` cut at `cuts`, each piece in memory of its own size.
Outcome feed(std::string_view text, ChunkedReader::Output output, const std::vector<std::size_t>& cuts = {}) {
  ChunkedReader reader(output);
  Outcome outcome;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t stop = i < cuts.size() ? cuts[i] : text.size();
    std::vector<char> piece(text.begin() + static_cast<std::ptrdiff_t>(begin),
                            text.begin() + static_cast<std::ptrdiff_t>(stop));
    const auto fed = reader.feed(piece.data(), piece.size());
    outcome.output.append(piece.data(), fed.kept);
    outcome.content += fed.content;
    outcome.consumed += fed.consumed;
    if (reader.failed() || reader.at_trailers()) break;
    EXPECT_EQ(fed.consumed, piece.size());
    begin = stop;
  }
  outcome.at_trailers = reader.at_trailers();
  outcome.failed = reader.failed();
  EXPECT_EQ(reader.failed(), !reader.failure().empty());
  return outcome;
}

constexpr auto kVerbatim = ChunkedReader::Output::Verbatim;
constexpr auto kDecode = ChunkedReader::Output::Decode;

const std::string kGood[] = {
    "5\r\nhello\r\n0\r\n\r\n",
    "0\r\n\r\n",
    "000\r\nX: y\r\n\r\n",
    "5;a=b\r\nhello\r\n6;c=\"d;e\"\r\n world\r\n0;f\r\n\r\n",
    "a\r\n0123456789\r\nA\r\n0123456789\r\n00\r\n\r\nnext",
    "0005\r\nhello\r\n1\r\n\r\r\n1\r\n\n\r\n0\r\n\r\n",
    "1;\r\nx\r\n0;\r\n\r\n",
};

const std::string kBad[] = {
    " 5\r\nhello\r\n0\r\n\r\n",
    "5 \r\nhello\r\n0\r\n\r\n",
    "5\t\r\nhello\r\n0\r\n\r\n",
    "5 ;a\r\nhello\r\n0\r\n\r\n",
    "+5\r\nhello\r\n0\r\n\r\n",
    "-5\r\nhello\r\n0\r\n\r\n",
    "0x5\r\nhello\r\n0\r\n\r\n",
    "5_0\r\nhello\r\n0\r\n\r\n",
    "5g\r\nhello\r\n0\r\n\r\n",
    "\r\n\r\n",
    ";a\r\nhello\r\n0\r\n\r\n",
    "5\nhello\r\n0\r\n\r\n",
    "5\rhello\r\n0\r\n\r\n",
    "5\r\rhello\r\n0\r\n\r\n",
    "5;a\nhello\r\n0\r\n\r\n",
    "5;a\rb\r\nhello\r\n0\r\n\r\n",
    "5;a\x01\r\nhello\r\n0\r\n\r\n",
    std::string("5;a\0\r\nhello\r\n0\r\n\r\n", 19),
    "5\r\nhello\n0\r\n\r\n",
    "5\r\nhello\r0\r\n\r\n",
    "5\r\nhello!\r\n0\r\n\r\n",
    "5\r\nhell\r\n0\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "5\r\nhello\r\n0\n\r\n",
    "5\r\nhello\r\n0\rX\r\n",
    "5\r\nhello\r\n 0\r\n\r\n",
    "8000000000000000\r\n",
    "10000000000000005\r\n",
    "00000000000000005\r\nhello\r\n0\r\n\r\n",
    "5;" + std::string(1025, 'a') + "\r\nhello\r\n0\r\n\r\n",
    "5;" + std::string(600, 'a') + "\r\nhello\r\n5;" + std::string(600, 'a') + "\r\nhello\r\n",
    "GET / HTTP/1.1\r\n",
};

TEST(Chunked, VerbatimKeepsTheFramingButExtensionsAndLeadingZeros) {
  EXPECT_EQ(feed(kGood[0], kVerbatim).output, "5\r\nhello\r\n");
  EXPECT_EQ(feed(kGood[1], kVerbatim).output, "");
  EXPECT_EQ(feed(kGood[2], kVerbatim).output, "");
  EXPECT_EQ(feed(kGood[3], kVerbatim).output, "5\r\nhello\r\n6\r\n world\r\n");
  EXPECT_EQ(feed(kGood[5], kVerbatim).output, "5\r\nhello\r\n1\r\n\r\r\n1\r\n\n\r\n");
}

TEST(Chunked, DecodeLeavesTheDataAlone) {
  EXPECT_EQ(feed(kGood[0], kDecode).output, "hello");
  EXPECT_EQ(feed(kGood[3], kDecode).output, "hello world");
  EXPECT_EQ(feed(kGood[4], kDecode).output, "01234567890123456789");
  EXPECT_EQ(feed(kGood[4], kDecode).content, 20u);
}

TEST(Chunked, StopsBeforeTheTrailers) {
  const Outcome outcome = feed(kGood[2], kVerbatim);
  EXPECT_TRUE(outcome.at_trailers);
  EXPECT_EQ(kGood[2].substr(outcome.consumed), "X: y\r\n\r\n");
}

TEST(Chunked, SplitAnywhereTheOutputIsTheSame) {
  for (const auto output : {kVerbatim, kDecode})
    for (const auto* list : {&kGood[0], &kBad[0]})
      for (std::size_t n = 0; n < (list == &kGood[0] ? std::size(kGood) : std::size(kBad)); ++n) {
        const std::string& text = list[n];
        const Outcome whole = feed(text, output);
        std::vector<std::size_t> every;
        for (std::size_t i = 1; i < text.size(); ++i) {
          EXPECT_EQ(feed(text, output, {i}), whole) << "split at " << i << " of\n" << text;
          every.push_back(i);
        }
        EXPECT_EQ(feed(text, output, every), whole) << "byte by byte:\n" << text;
      }
}

TEST(Chunked, RefusesWhatAnotherReaderCouldTakeDifferently) {
  for (const std::string& text : kBad) EXPECT_TRUE(feed(text, kVerbatim).failed) << text;
  for (const std::string& text : kGood) EXPECT_TRUE(feed(text, kVerbatim).at_trailers) << text;
}

TEST(Chunked, TheLargestSizeAndTheLongestExtensionsPass) {
  EXPECT_FALSE(feed("7fffffffffffffff\r\nx", kVerbatim).failed);
  EXPECT_FALSE(feed("0000000000000005\r\nhello\r\n", kVerbatim).failed);
  EXPECT_FALSE(feed("5;" + std::string(1024, 'a') + "\r\nhello\r\n0\r\n", kVerbatim).failed);
}

TEST(Chunked, RandomBodiesComeBackHoweverTheyAreCut) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Prng random(kSeed);
  for (int round = 0; round < 500; ++round) {
    std::string data;
    std::string text;
    std::string plain;
    for (std::uint64_t chunks = random.below(6); chunks != 0; --chunks) {
      std::string chunk(1 + random.below(40), '\0');
      for (char& c : chunk) c = "\r\n0;ab"[random.below(6)];
      char size[8];
      const int length = std::snprintf(size, sizeof size, "%zx", chunk.size());
      const std::string digits(size, static_cast<std::size_t>(length));
      text += std::string(random.below(3), '0') + digits + (random.chance(1, 3) ? ";x=\"y\"" : "") + "\r\n" +
              chunk + "\r\n";
      plain += digits + "\r\n" + chunk + "\r\n";
      data += chunk;
    }
    text += "0\r\n";
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1 + random.below(9); i < text.size(); i += 1 + random.below(9)) cuts.push_back(i);
    const Outcome decoded = feed(text, kDecode, cuts);
    ASSERT_TRUE(decoded.at_trailers) << "round " << round;
    ASSERT_EQ(decoded.output, data) << "round " << round;
    ASSERT_EQ(decoded.content, data.size());
    ASSERT_EQ(feed(text, kVerbatim, cuts).output, plain) << "round " << round;
  }
}

}  // namespace
}  // namespace reeve::http::h1
