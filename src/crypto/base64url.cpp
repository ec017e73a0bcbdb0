// SPDX-License-Identifier: Apache-2.0
#include "crypto/base64url.h"

#include <array>

namespace reeve::crypto {

namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNone = 0xff;
constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kDigits.size(); ++i)
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  return values;
}();

}  // namespace

std::size_t write_base64url(std::span<const std::uint8_t> bytes, char* out) {
  char* const begin = out;
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t bits = static_cast<std::uint32_t>(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
    *out++ = kDigits[bits >> 18];
    *out++ = kDigits[bits >> 12 & 63];
    *out++ = kDigits[bits >> 6 & 63];
    *out++ = kDigits[bits & 63];
  }
  if (const std::size_t left = bytes.size() - i; left != 0) {
    const std::uint32_t bits =
        static_cast<std::uint32_t>(bytes[i] << 16 | (left == 2 ? bytes[i + 1] << 8 : 0));
    *out++ = kDigits[bits >> 18];
    *out++ = kDigits[bits >> 12 & 63];
    if (left == 2) *out++ = kDigits[bits >> 6 & 63];
  }
  return static_cast<std::size_t>(out - begin);
}

std::optional<std::size_t> read_base64url(std::string_view text, std::span<std::uint8_t> out) {
  const std::size_t size = text.size() / 4 * 3 + text.size() % 4 * 3 / 4;
  if (text.size() % 4 == 1 || size > out.size()) return std::nullopt;
  std::uint32_t bits = 0;
  unsigned waiting = 0;
  std::size_t written = 0;
  for (const char c : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) return std::nullopt;
    bits = bits << 6 | value;
    waiting += 6;
    if (waiting < 8) continue;
    waiting -= 8;
    out[written++] = static_cast<std::uint8_t>(bits >> waiting);
    bits &= (1u << waiting) - 1;
  }
  if (bits != 0) return std::nullopt;  // another text means the same bytes
  return written;
}

}  // namespace reeve::crypto
