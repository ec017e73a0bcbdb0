// SPDX-License-Identifier: Apache-2.0
// CRC-32 as in zlib, PNG and Ethernet (ISO 3309: reflected polynomial EDB88320), a byte at a time: it guards
// short texts against mistyping, nothing against an attacker. The steps are open, for those who reason about
// what one changed byte does to the sum. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace reeve::crypto {

inline constexpr std::array<std::uint32_t, 256> kCrc32Table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t r = byte;
    for (int bit = 0; bit < 8; ++bit) r = (r >> 1) ^ ((r & 1) != 0 ? 0xedb88320u : 0u);
    table[byte] = r;
  }
  return table;
}();

/// The register before the first byte.
inline constexpr std::uint32_t kCrc32Start = 0xffffffffu;
/// The register after one more byte.
constexpr std::uint32_t crc32_step(std::uint32_t before, std::uint8_t byte) {
  return (before >> 8) ^ kCrc32Table[(before ^ byte) & 0xff];
}
/// From the register to the sum, and back.
constexpr std::uint32_t crc32_end(std::uint32_t reg) {
  return reg ^ 0xffffffffu;
}

constexpr std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t reg = kCrc32Start;
  for (const char c : bytes) reg = crc32_step(reg, static_cast<std::uint8_t>(c));
  return crc32_end(reg);
}

static_assert(crc32("123456789") == 0xcbf43926u);  // the check value of the CRC catalogue

}  // namespace reeve::crypto
