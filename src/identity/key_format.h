// SPDX-License-Identifier: Apache-2.0
// Reeve's own keys as text (contract, 3; rules, 3): `rv_<env>_<id:8><secret:30><crc:6>`, base62, where the
// checksum covers everything before it. Tells a whole key from a mistyped one and makes new ones; what went
// wrong with a mistyped one is key_slip.h. Knows no configuration; keeps and copies no secret that it reads.
// Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/caller.h"

namespace reeve::identity {

inline constexpr std::size_t kKeyPrefixSize = 8;  ///< `rv_live_`, `rv_test_`
inline constexpr std::size_t kKeyIdSize = 8;
inline constexpr std::size_t kKeySecretSize = 30;
inline constexpr std::size_t kKeyChecksumSize = 6;
/// What the checksum covers.
inline constexpr std::size_t kKeyBodySize = kKeyPrefixSize + kKeyIdSize + kKeySecretSize;
inline constexpr std::size_t kKeySize = kKeyBodySize + kKeyChecksumSize;

/// What every key of Reeve begins with, whatever its environment.
inline constexpr std::string_view kKeyMark = "rv_";

/// The digits of base62, in order of their values.
inline constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
inline constexpr std::array<bool, 256> kIsBase62 = [] {
  std::array<bool, 256> table{};
  for (const char c : kBase62) table[static_cast<unsigned char>(c)] = true;
  return table;
}();
constexpr bool is_base62(char c) {
  return kIsBase62[static_cast<unsigned char>(c)];
}

/// `rv_live_` or `rv_test_`.
std::string_view prefix_of(policy::KeyEnvironment environment);
/// The six digits of a checksum, most significant first.
std::array<char, kKeyChecksumSize> checksum_digits(std::uint32_t crc);

/// Views into the key.
struct KeyParts {
  policy::KeyEnvironment environment;
  std::string_view id;
  std::string_view secret;
};

/// The parts of a whole key with the right checksum; nothing for any other text.
std::optional<KeyParts> parse_key(std::string_view text);

/// Enough random bytes for make_key: that they do not suffice happens less often than a guessed key.
inline constexpr std::size_t kKeyRandomBytes = 128;

/// A new key, every one of its 62³⁸ ids and secrets equally likely when the bytes are uniform. Nothing when
/// too few of the bytes are of use: try again with others.
std::optional<std::string> make_key(policy::KeyEnvironment environment, std::span<const std::byte> random);

}  // namespace reeve::identity
