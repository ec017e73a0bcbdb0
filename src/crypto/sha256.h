// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) of bytes at hand, and hexadecimal. The EVP method is fetched once a process: fetching
// it at every call would cost more than hashing a key does. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace reeve::crypto {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
/// 64 lower-case digits.
std::string sha256_hex(std::string_view bytes);

/// Lower case.
std::string to_hex(std::span<const std::uint8_t> bytes);

}  // namespace reeve::crypto
