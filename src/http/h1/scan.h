// SPDX-License-Identifier: Apache-2.0
// The byte scanners under the HTTP/1.1 parser: how far a run of allowed bytes goes. Sixteen bytes at a time
// where the processor has SSE2, else eight; the last few one by one. They only find ends: what an end means
// is for the parser. Internal to http/. Pure.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

/// A byte of a field value or reason phrase (RFC 9110 5.5): HTAB, SP, VCHAR, obs-text.
constexpr bool is_value_byte(char c) {
  return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t';
}

/// A byte of a request target: visible ASCII without '#' (a fragment is never sent; what is above ASCII would
/// be white space to some readers).
constexpr bool is_target_byte(char c) {
  return c > 0x20 && c < 0x7f && c != '#';
}

#if defined(__SSE2__)

using Block = __m128i;
inline Block load_block(const char* p) {
  return _mm_loadu_si128(reinterpret_cast<const Block*>(p));
}
inline Block filled(unsigned char byte) {
  return _mm_set1_epi8(static_cast<char>(byte));
}
inline Block at_most(Block bytes, unsigned char bound) {
  return _mm_cmpeq_epi8(_mm_min_epu8(bytes, filled(bound)), bytes);
}
inline Block equal(Block bytes, unsigned char byte) {
  return _mm_cmpeq_epi8(bytes, filled(byte));
}
/// One bit a byte, lowest first.
inline unsigned bits(Block mask) {
  return static_cast<unsigned>(_mm_movemask_epi8(mask));
}
constexpr std::ptrdiff_t kBlockSize = 16;
inline int first_of(unsigned stops) {
  return std::countr_zero(stops);
}

inline unsigned value_stops(const char* p) {
  const Block b = load_block(p);
  return bits(_mm_or_si128(_mm_andnot_si128(equal(b, '\t'), at_most(b, 0x1f)), equal(b, 0x7f)));
}
inline unsigned target_stops(const char* p) {
  const Block b = load_block(p);
  return bits(_mm_or_si128(_mm_or_si128(at_most(b, 0x20), equal(b, '#')),
                           at_most(_mm_sub_epi8(b, filled(0x7f)), 0x80)));
}
/// Stops at all but letters, digits and '-': at some bytes too many, for names are made of these.
inline unsigned name_stops(const char* p) {
  const Block b = load_block(p);
  const Block letters = at_most(_mm_sub_epi8(_mm_or_si128(b, filled(0x20)), filled('a')), 25);
  const Block digits = at_most(_mm_sub_epi8(b, filled('0')), 9);
  return bits(_mm_or_si128(_mm_or_si128(letters, digits), equal(b, '-'))) ^ 0xffffu;
}

#else

constexpr std::uint64_t repeat(std::uint8_t byte) {
  return 0x0101010101010101u * byte;
}

// The masks have bit 7 set in each byte that qualifies. A borrow can set it wrongly, but only above a byte
// that qualifies: the lowest one is always right, and it is the only one that is used.
constexpr std::uint64_t below(std::uint64_t word, std::uint8_t bound) {
  return (word - repeat(bound)) & ~word & repeat(0x80);
}
constexpr std::uint64_t equal(std::uint64_t word, std::uint8_t byte) {
  return below(word ^ repeat(byte), 1);
}

inline std::uint64_t load_block(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}
constexpr std::ptrdiff_t kBlockSize = 8;
inline int first_of(std::uint64_t stops) {
  return std::countr_zero(stops) / 8;
}

inline std::uint64_t value_stops(const char* p) {
  const std::uint64_t word = load_block(p);
  return below(word, 0x20) | equal(word, 0x7f);
}
inline std::uint64_t target_stops(const char* p) {
  const std::uint64_t word = load_block(p);
  return below(word, 0x21) | equal(word, 0x7f) | equal(word, '#') | (word & repeat(0x80));
}
inline std::uint64_t name_stops(const char*) {
  return 1;
}

#endif

/// First byte that is not a token character (RFC 9110 5.6.2), or `end`; the classes seen are added to `seen`.
inline const char* token_end(const char* p, const char* end, std::uint8_t& seen) {
  unsigned all = seen;
  while (end - p >= kBlockSize) {
    const auto stops = name_stops(p);
    if (stops != 0) {
      p += first_of(stops);
      break;
    }
    p += kBlockSize;
  }
  while (p != end) {
    const unsigned byte_class = kNameClass[static_cast<unsigned char>(*p)];
    if (byte_class == 0) break;
    all |= byte_class;
    ++p;
  }
  seen = static_cast<std::uint8_t>(all);
  return p;
}

/// First byte that a field value cannot hold, or `end`.
inline const char* value_end(const char* p, const char* end) {
  while (end - p >= kBlockSize) {
    const auto stops = value_stops(p);
    if (stops == 0) {
      p += kBlockSize;
      continue;
    }
    p += first_of(stops);
    if (!is_value_byte(*p)) return p;
    ++p;  // HTAB
  }
  while (p != end && is_value_byte(*p)) ++p;
  return p;
}

/// First byte that a request target cannot hold, or `end`.
inline const char* target_end(const char* p, const char* end) {
  while (end - p >= kBlockSize) {
    const auto stops = target_stops(p);
    if (stops != 0) return p + first_of(stops);
    p += kBlockSize;
  }
  while (p != end && is_target_byte(*p)) ++p;
  return p;
}

}  // namespace reeve::http::h1
