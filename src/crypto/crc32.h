// SPDX-License-Identifier: Apache-2.0
// CRC-32 as in zlib, PNG and Ethernet (ISO 3309: reflected polynomial EDB88320), a byte at a time: it guards
// short texts against mistyping, nothing against an attacker. The steps are open, for those who reason about
// what one changed byte does to the sum. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace reeve::crypto {

/// [0] is the usual table of one byte; [n] is that of a byte with n zero bytes behind it.
inline constexpr std::array<std::array<std::uint32_t, 256>, 4> kCrc32Tables = [] {
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t r = byte;
    for (int bit = 0; bit < 8; ++bit) r = (r >> 1) ^ ((r & 1) != 0 ? 0xedb88320u : 0u);
    tables[0][byte] = r;
  }
  for (std::size_t n = 1; n < tables.size(); ++n)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t shorter = tables[n - 1][byte];
      tables[n][byte] = (shorter >> 8) ^ tables[0][shorter & 0xff];
    }
  return tables;
}();
inline constexpr const std::array<std::uint32_t, 256>& kCrc32Table = kCrc32Tables[0];

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

/// Four bytes at a time (Intel's slicing): one byte waits for the one before it, four look their parts up
/// together.
constexpr std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t reg = kCrc32Start;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i]));
  };
  for (; bytes.size() >= 4; bytes.remove_prefix(4)) {
    reg ^= byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
    reg = kCrc32Tables[3][reg & 0xff] ^ kCrc32Tables[2][reg >> 8 & 0xff] ^ kCrc32Tables[1][reg >> 16 & 0xff] ^
          kCrc32Tables[0][reg >> 24];
  }
  for (const char c : bytes) reg = crc32_step(reg, static_cast<std::uint8_t>(c));
  return crc32_end(reg);
}

static_assert(crc32("123456789") == 0xcbf43926u);  // the check value of the CRC catalogue

}  // namespace reeve::crypto
