// SPDX-License-Identifier: Apache-2.0
#include "identity/key_format.h"

#include "crypto/crc32.h"

namespace reeve::identity {

using policy::KeyEnvironment;

std::string_view prefix_of(KeyEnvironment environment) {
  return environment == KeyEnvironment::Live ? "rv_live_" : "rv_test_";
}

std::array<char, kKeyChecksumSize> checksum_digits(std::uint32_t crc) {
  std::array<char, kKeyChecksumSize> digits;
  for (std::size_t i = kKeyChecksumSize; i-- != 0; crc /= 62) digits[i] = kBase62[crc % 62];
  return digits;
}

std::optional<KeyParts> parse_key(std::string_view text) {
  if (text.size() != kKeySize) return std::nullopt;
  KeyParts parts{.environment = KeyEnvironment::Live,
                 .id = text.substr(kKeyPrefixSize, kKeyIdSize),
                 .secret = text.substr(kKeyPrefixSize + kKeyIdSize, kKeySecretSize)};
  if (text.starts_with(prefix_of(KeyEnvironment::Test)))
    parts.environment = KeyEnvironment::Test;
  else if (!text.starts_with(prefix_of(KeyEnvironment::Live)))
    return std::nullopt;
  bool whole = true;  // without a branch for each character, which nobody could predict
  for (const char c : text.substr(kKeyPrefixSize)) whole &= is_base62(c);
  if (!whole) return std::nullopt;
  const auto digits = checksum_digits(crypto::crc32(text.substr(0, kKeyBodySize)));
  if (text.substr(kKeyBodySize) != std::string_view(digits.data(), digits.size())) return std::nullopt;
  return parts;
}

std::optional<std::string> make_key(KeyEnvironment environment, std::span<const std::byte> random) {
  std::string key;
  key.reserve(kKeySize);
  key += prefix_of(environment);
  for (const std::byte byte : random) {
    const auto value = std::to_integer<unsigned>(byte);
    // 248 = 4 × 62: the eight values above would make the first eight digits likelier.
    if (value < 248) key += kBase62[value % 62];
    if (key.size() == kKeyBodySize) break;
  }
  if (key.size() != kKeyBodySize) return std::nullopt;
  const auto digits = checksum_digits(crypto::crc32(key));
  key.append(digits.data(), digits.size());
  return key;
}

}  // namespace reeve::identity
