// SPDX-License-Identifier: Apache-2.0
#include "crypto/base64url.h"

#include <array>

namespace reeve::crypto {

namespace {

constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNone = 0xff;
constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < 64; ++i)
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  return values;
}();

}  // namespace

std::size_t write_base64url(std::span<const std::uint8_t> bytes, char* out) {
  // By pointers: checked indices would take a third of the time of sealing an id.
  const std::uint8_t* in = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 3; left -= 3, in += 3, out += 4) {
    const std::uint32_t bits = static_cast<std::uint32_t>(in[0] << 16 | in[1] << 8 | in[2]);
    out[0] = kDigits[bits >> 18];
    out[1] = kDigits[bits >> 12 & 63];
    out[2] = kDigits[bits >> 6 & 63];
    out[3] = kDigits[bits & 63];
  }
  if (left != 0) {
    const std::uint32_t bits = static_cast<std::uint32_t>(in[0] << 16 | (left == 2 ? in[1] << 8 : 0));
    out[0] = kDigits[bits >> 18];
    out[1] = kDigits[bits >> 12 & 63];
    if (left == 2) out[2] = kDigits[bits >> 6 & 63];
  }
  return base64url_size(bytes.size());
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
