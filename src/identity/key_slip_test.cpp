// SPDX-License-Identifier: Apache-2.0
// Every single slip at every place of a sample key, and of random keys; what no single slip explains; any
// text.
#include "identity/key_slip.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/ascii.h"
#include "base/prng.h"
#include "identity/key_format.h"

namespace reeve::identity {
namespace {

using policy::KeyEnvironment;
using policy::Slip;

std::string random_key(Prng& prng, KeyEnvironment environment = KeyEnvironment::Live) {
  std::array<std::byte, kKeyRandomBytes> bytes;
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(prng.next());
  return make_key(environment, bytes).value();
}

/// Always the same, so that failures repeat.
const std::string kSample = [] {
  Prng prng(7);
  return random_key(prng);
}();

testing::AssertionResult is(const std::string& text, Slip slip, std::size_t at) {
  const KeySlip found = find_slip(text);
  if (found.slip == slip && found.at == at) return testing::AssertionSuccess();
  return testing::AssertionFailure() << text << ": " << policy::name(found.slip) << " at " << found.at
                                     << ", not " << policy::name(slip) << " at " << at;
}

/// The word for another character at that place.
Slip word(std::size_t place, char was, char now) {
  if (!is_base62(now) && (place >= kKeyPrefixSize || now != '_')) return Slip::Alphabet;
  return ascii::lower(was) == ascii::lower(now) ? Slip::Case : Slip::Substitution;
}

/// Where a character put before `place` is extra: the first of its run.
std::size_t first_of_run(const std::string& text, std::size_t place) {
  while (place != 0 && text[place - 1] == text[place]) --place;
  return place;
}

void every_substitution(const std::string& key, std::string_view characters) {
  for (std::size_t i = 0; i < key.size(); ++i)
    for (const char c : characters) {
      if (c == key[i]) continue;
      std::string text = key;
      text[i] = c;
      ASSERT_TRUE(is(text, word(i, key[i], c), i + 1));
    }
}

void every_other_slip(const std::string& key, std::string_view characters) {
  for (std::size_t i = 0; i + 1 < key.size(); ++i) {
    if (key[i] == key[i + 1]) continue;
    std::string text = key;
    std::swap(text[i], text[i + 1]);
    ASSERT_TRUE(is(text, Slip::Transposition, i + 1));
  }
  for (std::size_t i = 0; i < key.size(); ++i)
    ASSERT_TRUE(is(std::string(key).erase(i, 1), Slip::Missing, first_of_run(key, i) + 1));
  for (std::size_t i = 0; i <= key.size(); ++i)
    for (const char c : characters) {
      const std::string text = std::string(key).insert(i, 1, c);
      ASSERT_TRUE(is(text, Slip::Extra, first_of_run(text, i) + 1));
    }
}

TEST(KeySlip, AWholeKeyHasNone) {
  EXPECT_TRUE(is(kSample, Slip::None, 0));
}

TEST(KeySlip, EverySingleSlipOfASampleKeyIsFoundAtItsPlace) {
  std::string characters;
  for (int c = 0x20; c < 0x7f; ++c) characters.push_back(static_cast<char>(c));
  every_substitution(kSample, characters);
  every_other_slip(kSample, characters);
}

TEST(KeySlip, EverySingleSlipOfRandomKeysIsFoundAtItsPlace) {
  constexpr std::uint64_t seed = 20261124;
  SCOPED_TRACE(seed);
  Prng prng(seed);
  for (int round = 0; round < 20; ++round) {
    const std::string key = random_key(prng, round % 2 == 0 ? KeyEnvironment::Live : KeyEnvironment::Test);
    every_substitution(key, "aA9_-z");
    every_other_slip(key, "aZ0_");
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(KeySlip, ACharacterOfSeveralBytesIsOne) {
  std::string text = kSample;
  text.replace(20, 1, "é");
  EXPECT_TRUE(is(text, Slip::Alphabet, 21));
  text = kSample;
  text.replace(20, 1, "\xe9");  // Latin-1
  EXPECT_TRUE(is(text, Slip::Alphabet, 21));
  text = kSample;
  text.insert(20, "\xe2\x80\x8b");  // zero-width space
  EXPECT_TRUE(is(text, Slip::Extra, 21));
}

TEST(KeySlip, WithoutASingleExplanationTheLookDecides) {
  EXPECT_TRUE(is("", Slip::TooShort, 0));
  EXPECT_TRUE(is("hunter2", Slip::TooShort, 0));
  EXPECT_TRUE(is(kSample.substr(0, 50), Slip::TooShort, 0));
  EXPECT_TRUE(is(kSample.substr(0, 51), Slip::Missing, first_of_run(kSample, 51) + 1));
  EXPECT_TRUE(is(kSample + "xy", Slip::TooLong, 0));
  EXPECT_TRUE(is(kSample + kSample, Slip::TooLong, 0));
  EXPECT_TRUE(is("rv_live_" + std::string(44, 'a'), Slip::Checksum, 0));
  EXPECT_TRUE(is("rv_prod_" + kSample.substr(8), Slip::Checksum, 0));
  EXPECT_TRUE(is("rv_live_" + std::string(44, '!'), Slip::Alphabet, 0));
  EXPECT_TRUE(is("rv_live_" + std::string(44, '_'), Slip::Alphabet, 0));
  EXPECT_TRUE(is("RV_LIVE_" + kSample.substr(8), Slip::Case, 0));
  EXPECT_TRUE(is("rv-live-" + kSample.substr(8), Slip::Alphabet, 0));
  EXPECT_TRUE(is("rv_test_" + kSample.substr(8), Slip::Checksum, 0));
}

TEST(KeySlip, AChecksumBeyond32BitsIsNoPuzzle) {
  EXPECT_TRUE(is(kSample.substr(0, 46) + "zzzzzz", Slip::Checksum, 0));
}

TEST(KeySlip, TwoSlipsAreNotExplainedByOne) {
  constexpr std::uint64_t seed = 20261124;
  SCOPED_TRACE(seed);
  Prng prng(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string text = random_key(prng);
    const std::size_t i = 8 + prng.below(20);
    const std::size_t j = 30 + prng.below(16);
    text[i] = text[i] == 'a' ? 'b' : 'a';
    text[j] = text[j] == 'a' ? 'b' : 'a';
    ASSERT_EQ(find_slip(text).slip, Slip::Checksum) << text;
    ASSERT_EQ(find_slip(text).at, 0) << text;
  }
}

TEST(KeySlip, AnyTextHasABoundedAnswer) {
  constexpr std::uint64_t seed = 20261124;
  SCOPED_TRACE(seed);
  Prng prng(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string text(prng.below(60), '\0');
    for (char& c : text) c = prng.chance(1, 2) ? 'a' : static_cast<char>(prng.next());
    const KeySlip found = find_slip(text);
    ASSERT_NE(found.slip, Slip::None);
    ASSERT_LE(found.at, 53);
  }
  EXPECT_EQ(find_slip(std::string(50'000'000, 'r')).slip, Slip::TooLong);
}

}  // namespace
}  // namespace reeve::identity
