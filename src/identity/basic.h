// SPDX-License-Identifier: Apache-2.0
// What follows `Basic` in Authorization (RFC 7617): base64 of `user:password`. Padding may be left out, as
// some clients do; anything else that is no base64, or holds no colon, is not decoded. Pure; the caller gives
// the room.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace reeve::identity {

struct BasicCredentials {
  std::string_view user;
  std::string_view password;
};

/// Room that decoding `encoded` needs at most.
constexpr std::size_t basic_room(std::string_view encoded) {
  return encoded.size() / 4 * 3 + 3;
}

/// The decoded text, into `room`; nothing when it is no base64 (RFC 4648, section 4).
std::optional<std::string_view> decode_base64(std::string_view encoded, char* room);

/// User and password, views into `room`.
std::optional<BasicCredentials> decode_basic(std::string_view encoded, char* room);

}  // namespace reeve::identity
