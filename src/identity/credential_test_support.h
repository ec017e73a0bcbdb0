// SPDX-License-Identifier: Apache-2.0
// Keys that tests of credentials make and register, the same each time. For credential_test.cpp and
// credential_judge_test.cpp.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/prng.h"
#include "crypto/crc32.h"
#include "crypto/sha256.h"
#include "identity/key_format.h"
#include "policy/caller.h"

namespace reeve::identity {

inline std::string sample_key(std::uint64_t seed,
                              policy::KeyEnvironment environment = policy::KeyEnvironment::Live) {
  Prng prng(seed);
  std::array<std::byte, kKeyRandomBytes> bytes;
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(prng.next());
  return make_key(environment, bytes).value();
}

inline policy::KeyEnvironment environment_of(std::string_view key) {
  return key.starts_with("rv_test_") ? policy::KeyEnvironment::Test : policy::KeyEnvironment::Live;
}

/// The same id with another secret, and a checksum that fits.
inline std::string with_other_secret(std::string_view key) {
  std::string other = sample_key(4711, environment_of(key));
  other.replace(kKeyPrefixSize, kKeyIdSize, key.substr(kKeyPrefixSize, kKeyIdSize));
  const auto digits = checksum_digits(crypto::crc32(std::string_view(other).substr(0, kKeyBodySize)));
  other.replace(kKeyBodySize, kKeyChecksumSize, digits.data(), digits.size());
  return other;
}

inline WallTime at(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

/// Index of the new key.
inline std::uint32_t register_key(policy::KeyTable& table, std::string_view key, std::uint32_t caller,
                                  const std::optional<policy::KeyDates>& dates = std::nullopt,
                                  std::optional<policy::KeyEnvironment> environment = std::nullopt) {
  const std::string_view secret =
      key.substr(kKeyPrefixSize + kKeyIdSize, kKeyBodySize - kKeyPrefixSize - kKeyIdSize);
  policy::Key entry{.hash = crypto::sha256(secret), .caller = caller};
  entry.environment = environment.value_or(environment_of(key));
  EXPECT_TRUE(table.add(key.substr(kKeyPrefixSize, kKeyIdSize), entry, dates));
  return table.size() - 1;
}

inline std::uint32_t register_foreign(policy::KeyTable& table, std::string_view id, std::string_view text,
                                      std::uint32_t caller,
                                      const std::optional<policy::KeyDates>& dates = std::nullopt) {
  policy::Key entry{.hash = crypto::sha256(text), .caller = caller};
  entry.foreign = true;
  EXPECT_TRUE(table.add(id, entry, dates));
  return table.size() - 1;
}

}  // namespace reeve::identity
