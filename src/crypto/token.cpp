// SPDX-License-Identifier: Apache-2.0
#include "crypto/token.h"

#include <openssl/crypto.h>

#include "crypto/base64url.h"

namespace reeve::crypto {

std::string to_base64url(std::span<const std::uint8_t> bytes) {
  std::string text(base64url_size(bytes.size()), '\0');
  write_base64url(bytes, text.data());
  return text;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace reeve::crypto
