// SPDX-License-Identifier: Apache-2.0
#include "identity/key_format.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

#include "base/prng.h"
#include "crypto/crc32.h"
#include "identity/wrapping.h"

namespace reeve::identity {
namespace {

using policy::KeyEnvironment;

std::array<std::byte, kKeyRandomBytes> random_bytes(Prng& prng) {
  std::array<std::byte, kKeyRandomBytes> bytes;
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(prng.next());
  return bytes;
}

TEST(KeyFormat, AKeyIsItsPartsAndTheSumOfThem) {
  // The last six: zlib's CRC-32 of what stands before them, in base62.
  const std::string key = "rv_live_7Qd2XkPaAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA1uyWKz";
  const auto parts = parse_key(key);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->environment, KeyEnvironment::Live);
  EXPECT_EQ(parts->id, "7Qd2XkPa");
  EXPECT_EQ(parts->secret, std::string(30, 'A'));
}

TEST(KeyFormat, ChecksumsAreSixDigitsMostSignificantFirst) {
  const auto text = [](std::uint32_t crc) {
    const auto digits = checksum_digits(crc);
    return std::string(digits.data(), digits.size());
  };
  EXPECT_EQ(text(0), "000000");
  EXPECT_EQ(text(61), "00000z");
  EXPECT_EQ(text(62), "000010");
  EXPECT_EQ(text(0xffffffff), "4gfFC3");
}

TEST(KeyFormat, WhatIsMadeIsReadBack) {
  constexpr std::uint64_t seed = 20261124;
  SCOPED_TRACE(seed);
  Prng prng(seed);
  for (int round = 0; round < 500; ++round) {
    const KeyEnvironment environment = prng.chance(1, 2) ? KeyEnvironment::Live : KeyEnvironment::Test;
    const auto key = make_key(environment, random_bytes(prng));
    ASSERT_TRUE(key);
    const auto parts = parse_key(*key);
    ASSERT_TRUE(parts) << *key;
    EXPECT_EQ(parts->environment, environment);
    EXPECT_EQ(std::string(prefix_of(environment)) + std::string(parts->id) + std::string(parts->secret),
              key->substr(0, kKeyBodySize));
    EXPECT_FALSE(parse_key(key->substr(0, 51)));
    EXPECT_FALSE(parse_key(*key + "0"));
    EXPECT_FALSE(parse_key(" " + *key));
  }
}

TEST(KeyFormat, ARightSumOverWhatIsNoKeyDoesNotHelp) {
  const auto with_sum = [](const std::string& body) {
    const auto digits = checksum_digits(crypto::crc32(body));
    return body + std::string(digits.data(), digits.size());
  };
  EXPECT_TRUE(parse_key(with_sum("rv_test_" + std::string(38, '0'))));
  EXPECT_FALSE(parse_key(with_sum("rv_prod_" + std::string(38, '0'))));
  EXPECT_FALSE(parse_key(with_sum("RV_TEST_" + std::string(38, '0'))));
  EXPECT_FALSE(parse_key(with_sum("rv_test_" + std::string(37, '0') + "-")));
}

TEST(KeyFormat, EveryDigitIsEquallyLikely) {
  // All byte values once, in an order that keeps 38 of them a key: each of 62 digits stands for exactly four
  // bytes.
  std::map<char, int> seen;
  for (int byte = 0; byte < 256; ++byte) {
    std::array<std::byte, 38> bytes;
    bytes.fill(static_cast<std::byte>(byte));
    const auto key = make_key(KeyEnvironment::Live, bytes);
    EXPECT_EQ(key.has_value(), byte < 248);
    if (key) ++seen[(*key)[kKeyPrefixSize]];
  }
  EXPECT_EQ(seen.size(), 62u);
  for (const auto& [digit, times] : seen) EXPECT_EQ(times, 4) << digit;
}

TEST(KeyFormat, TooFewUsableBytesMakeNoKey) {
  const std::array<std::byte, 37> few{};
  EXPECT_FALSE(make_key(KeyEnvironment::Live, few));
  EXPECT_FALSE(make_key(KeyEnvironment::Live, {}));
}

TEST(KeyFormat, KeysInOtherTextsAreHiddenWholeOrNot) {
  for (const std::string text :
       {"", "/a", "rv_", "rv_live_", "rv_live_/a", "rv_demo_7Qd2", "srv_1", "/rv_test"})
    EXPECT_FALSE(without_keys(text)) << text;
  EXPECT_EQ(without_keys("rv_live_7Qd2XkPaAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA1uyWKz"), "rv_live_*");
  EXPECT_EQ(without_keys("/a/rv_test_7Qd2/b"), "/a/rv_test_*/b");
  EXPECT_EQ(without_keys("xrv_live_1_rv_rv_live_2rv_test_3"), "xrv_live_*_rv_rv_live_*_test_*");
}

}  // namespace
}  // namespace reeve::identity
