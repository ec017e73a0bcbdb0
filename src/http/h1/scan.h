// SPDX-License-Identifier: Apache-2.0
// The byte scanners under the HTTP/1.1 parser: how far a run of allowed bytes goes. Values and targets are
// looked at eight bytes at a time; names by a table, which also tells whether one holds '_'. They only find
// ends: what an end means is for the parser. Internal to h1/. Pure.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/ascii.h"

namespace reeve::http::h1 {

inline constexpr std::uint8_t kNameByte = 1;
inline constexpr std::uint8_t kNameUnderscore = 2;
inline constexpr std::array<std::uint8_t, 256> kNameClass = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i)
    if (ascii::kTokenChar[i]) table[i] = kNameByte;
  table['_'] = kNameByte | kNameUnderscore;
  return table;
}();

/// First byte that is not a token character (RFC 9110 5.6.2), or `end`; the classes seen are added to `seen`.
inline const char* token_end(const char* p, const char* end, std::uint8_t& seen) {
  unsigned all = seen;
  while (p != end) {
    const unsigned byte_class = kNameClass[static_cast<unsigned char>(*p)];
    if (byte_class == 0) break;
    all |= byte_class;
    ++p;
  }
  seen = static_cast<std::uint8_t>(all);
  return p;
}

constexpr std::uint64_t repeat(std::uint8_t byte) {
  return 0x0101010101010101u * byte;
}

// The two masks below have bit 7 set in each byte that qualifies. A borrow can set it wrongly, but only above
// a byte that qualifies: the lowest one is always right, and it is the only one that is used.
constexpr std::uint64_t below(std::uint64_t word, std::uint8_t bound) {
  return (word - repeat(bound)) & ~word & repeat(0x80);
}
constexpr std::uint64_t equal(std::uint64_t word, std::uint8_t byte) {
  return below(word ^ repeat(byte), 1);
}

inline std::uint64_t load_word(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

/// A byte of a field value or reason phrase (RFC 9110 5.5): HTAB, SP, VCHAR, obs-text.
constexpr bool is_value_byte(char c) {
  return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t';
}

/// First byte that a field value cannot hold, or `end`.
inline const char* value_end(const char* p, const char* end) {
  while (end - p >= 8) {
    const std::uint64_t word = load_word(p);
    const std::uint64_t stop = below(word, 0x20) | equal(word, 0x7f);
    if (stop == 0) {
      p += 8;
      continue;
    }
    p += std::countr_zero(stop) / 8;
    if (*p != '\t') return p;
    ++p;
  }
  while (p != end && is_value_byte(*p)) ++p;
  return p;
}

/// A byte of a request target: visible ASCII without '#' (a fragment is never sent; what is above ASCII would
/// be white space to some readers).
constexpr bool is_target_byte(char c) {
  return c > 0x20 && c < 0x7f && c != '#';
}

/// First byte that a request target cannot hold, or `end`.
inline const char* target_end(const char* p, const char* end) {
  while (end - p >= 8) {
    const std::uint64_t word = load_word(p);
    const std::uint64_t stop =
        below(word, 0x21) | equal(word, 0x7f) | equal(word, '#') | (word & repeat(0x80));
    if (stop != 0) return p + std::countr_zero(stop) / 8;
    p += 8;
  }
  while (p != end && is_target_byte(*p)) ++p;
  return p;
}

}  // namespace reeve::http::h1
