// SPDX-License-Identifier: Apache-2.0
// However the bytes of a head, a trailer section or a chunked body arrive, the result is that of one piece:
// every example is fed byte by byte and split at every position. Heads are moved between the calls, as a
// growing buffer would move them.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/prng.h"
#include "http/h1/chunked.h"
#include "http/h1/head_examples_testing.h"
#include "http/h1/parse.h"

namespace reeve::http::h1 {
namespace {

TEST(Split, RequestsReadTheSameHoweverTheyArrive) {
  for (const std::string& text : example_requests()) {
    const std::string whole = read_request({text});
    std::vector<std::string> bytes;
    for (std::size_t i = 1; i <= text.size(); ++i) {
      EXPECT_EQ(read_request({text.substr(0, i), text}), whole) << "split at " << i << " of\n" << text;
      bytes.push_back(text.substr(0, i));
    }
    EXPECT_EQ(read_request(bytes), whole) << "byte by byte:\n" << text;
  }
}

TEST(Split, ResponsesReadTheSameHoweverTheyArrive) {
  for (const std::string& text : example_responses()) {
    const std::string whole = read_response({text});
    std::vector<std::string> bytes;
    for (std::size_t i = 1; i <= text.size(); ++i) {
      EXPECT_EQ(read_response({text.substr(0, i), text}), whole) << "split at " << i << " of\n" << text;
      bytes.push_back(text.substr(0, i));
    }
    EXPECT_EQ(read_response(bytes), whole) << "byte by byte:\n" << text;
  }
}

TEST(Split, TrailersReadTheSameHoweverTheyArrive) {
  for (const std::string& text : example_trailers()) {
    const std::string whole = read_trailers({text});
    std::vector<std::string> bytes;
    for (std::size_t i = 1; i <= text.size(); ++i) {
      EXPECT_EQ(read_trailers({text.substr(0, i), text}), whole) << "split at " << i << " of\n" << text;
      bytes.push_back(text.substr(0, i));
    }
    EXPECT_EQ(read_trailers(bytes), whole) << "byte by byte:\n" << text;
  }
}

TEST(Split, DamagedRequestsAreRefusedTheSameHoweverTheyArrive) {
  constexpr std::uint64_t kSeed = 20261124;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Prng random(kSeed);
  static constexpr char kLiteral[] = "\r\n\t \0:,\x7f\x80#%/?;HTA09az_";
  constexpr std::string_view kBytes(kLiteral, sizeof kLiteral - 1);
  const auto requests = example_requests();
  for (int round = 0; round < 3000; ++round) {
    std::string text = requests[random.below(requests.size())];
    for (std::uint64_t edits = 1 + random.below(3); edits != 0 && !text.empty(); --edits) {
      const std::size_t at = random.below(text.size());
      const char byte = kBytes[random.below(kBytes.size())];
      switch (random.below(3)) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        default:
          text.erase(at, 1);
          break;
      }
    }
    std::vector<std::string> pieces;
    for (std::size_t i = 0; i < text.size();) {
      i = std::min(text.size(), i + 1 + random.below(12));
      pieces.push_back(text.substr(0, i));
    }
    ASSERT_EQ(read_request(pieces), read_request({text})) << "round " << round << "\n" << text;
  }
}

TEST(Split, ARefusalComesWithTheByteThatShowsIt) {
  struct Case {
    std::string_view text;
    std::size_t refused_at;  // with so many bytes, not with one less
  };
  const Case cases[] = {
      {std::string_view("\x16\x03\x01", 3), 1},               // a TLS ClientHello
      {"GET /\n", 6},                                         // HTTP/0.9 with a bare LF
      {"GET /\r", 6},                                         // HTTP/0.9
      {"GET  /", 5},                                          // two spaces
      {"G\xc3", 2},                                           // no method
      {"GET / HTTQ", 10},                                     // no version
      {"GET / HTTP/1.1\nHost: a\n", 15},                      // bare LF
      {"GET / HTTP/1.1\r\nHost: a\n", 24},                    // bare LF
      {"GET / HTTP/1.1\r\nHost: a\rb", 25},                   // bare CR
      {"GET / HTTP/1.1\r\nHost : a", 21},                     // white space before the colon
      {"GET / HTTP/1.1\r\n Host: a", 17},                     // folded
      {"GET / HTTP/1.1\r\nHost: a\r\n\tb", 26},               // folded
      {std::string_view("GET / HTTP/1.1\r\na: \0", 20), 20},  // NUL
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 16},               // the HTTP/2 preface
  };
  for (const Case& c : cases) {
    std::uint32_t scanned = 0;
    RequestHead head;
    for (std::size_t size = 0; size < c.refused_at; ++size)
      ASSERT_EQ(parse_request(c.text.substr(0, size), {}, scanned, head).state, ParseState::Incomplete)
          << size << " bytes of\n"
          << c.text;
    EXPECT_EQ(parse_request(c.text.substr(0, c.refused_at), {}, scanned, head).state, ParseState::Refused)
        << c.text;
  }
}

TEST(Split, OverlongHeadsAreRefusedAsSoonAsTheyAre) {
  const Limits limits{.head_max = 200, .uri_max = 100};
  const auto refused_at = [&](const std::string& text) -> std::pair<std::size_t, Code> {
    std::uint32_t scanned = 0;
    RequestHead head;
    for (std::size_t size = 0; size <= text.size(); ++size) {
      const Parsed parsed = parse_request(std::string_view(text).substr(0, size), limits, scanned, head);
      if (parsed.state == ParseState::Refused) return {size, parsed.refusal};
    }
    return {0, Code::InternalError};
  };
  using Answer = std::pair<std::size_t, Code>;
  EXPECT_EQ(refused_at("GET /" + std::string(500, 'a')), Answer(4 + 101, Code::UriTooLong));
  EXPECT_EQ(refused_at("GET / HTTP/1.1\r\nHost: " + std::string(500, 'a')), Answer(200, Code::HeadTooLarge));
  EXPECT_EQ(refused_at("GET / HTTP/1.1\r\n" + std::string(500, 'a')), Answer(200, Code::HeadTooLarge));
  EXPECT_EQ(refused_at(std::string(500, 'A')), Answer(33, Code::RequestMalformed));
}

}  // namespace
}  // namespace reeve::http::h1
