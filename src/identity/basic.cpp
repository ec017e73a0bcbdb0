// SPDX-License-Identifier: Apache-2.0
#include "identity/basic.h"

#include <array>
#include <cstdint>

namespace reeve::identity {

namespace {

constexpr std::uint8_t kNone = 0xff;
constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values;
  values.fill(kNone);
  std::uint8_t next = 0;
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
    values[static_cast<unsigned char>(c)] = next++;
  return values;
}();

}  // namespace

std::optional<std::string_view> decode_base64(std::string_view encoded, char* room) {
  if (encoded.size() % 4 == 0)
    for (int padding = 0; padding < 2 && encoded.ends_with('='); ++padding) encoded.remove_suffix(1);
  if (encoded.size() % 4 == 1) return std::nullopt;
  char* out = room;
  std::uint32_t bits = 0;
  unsigned waiting = 0;
  for (const char c : encoded) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) return std::nullopt;
    bits = (bits << 6 | value) & 0xffff;
    waiting += 6;
    if (waiting < 8) continue;
    waiting -= 8;
    *out++ = static_cast<char>(bits >> waiting & 0xff);
  }
  return std::string_view(room, static_cast<std::size_t>(out - room));
}

std::optional<BasicCredentials> decode_basic(std::string_view encoded, char* room) {
  const auto text = decode_base64(encoded, room);
  if (!text) return std::nullopt;
  const std::size_t colon = text->find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return BasicCredentials{.user = text->substr(0, colon), .password = text->substr(colon + 1)};
}

}  // namespace reeve::identity
