// SPDX-License-Identifier: Apache-2.0
#include "crypto/token.h"

#include <openssl/crypto.h>

namespace reeve::crypto {

std::string to_base64url(std::span<const std::uint8_t> bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  unsigned waiting = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8) | byte;
    for (waiting += 8; waiting >= 6; waiting -= 6) text.push_back(kDigits[(bits >> (waiting - 6)) & 63]);
  }
  if (waiting != 0) text.push_back(kDigits[(bits << (6 - waiting)) & 63]);
  return text;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace reeve::crypto
