// SPDX-License-Identifier: Apache-2.0
// Keys, their table and requests for the tests of identity: every key's secret is known here and nowhere
// else. Deterministic. For tests only.
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
#include "http/h1/parse.h"
#include "identity/credential.h"
#include "identity/key_format.h"

namespace reeve::identity {

inline std::string sample_key(std::uint64_t seed,
                              policy::KeyEnvironment environment = policy::KeyEnvironment::Live) {
  Prng prng(seed);
  std::array<std::byte, kKeyRandomBytes> bytes;
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(prng.next());
  return make_key(environment, bytes).value();
}

/// The same id with another secret, and a checksum that fits.
inline std::string with_other_secret(std::string_view key) {
  std::string other = sample_key(4711, parse_key(key)->environment);
  other.replace(kKeyPrefixSize, kKeyIdSize, parse_key(key)->id);
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
  const KeyParts parts = parse_key(key).value();
  policy::Key entry{.hash = crypto::sha256(parts.secret), .caller = caller};
  entry.environment = environment.value_or(parts.environment);
  EXPECT_TRUE(table.add(parts.id, entry, dates));
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

inline std::string base64(std::string_view text) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j <= text.size() ? kDigits[bits >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

/// A parsed request; the text lives as long.
struct Request {
  std::string text;
  http::RequestHead head;

  /// `lines` each with its CRLF.
  explicit Request(const std::string& lines, const std::string& target = "/")
      : text("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n") {
    std::uint32_t scanned = 0;
    const http::h1::Limits limits{.head_max = 1 << 30, .uri_max = 1 << 30};
    EXPECT_EQ(http::h1::parse_request(text, limits, scanned, head).state, http::h1::ParseState::Complete)
        << lines;
  }
};

}  // namespace reeve::identity
