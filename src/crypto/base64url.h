// SPDX-License-Identifier: Apache-2.0
// base64url without padding (RFC 4648, 5) in memory that the caller gives. Reading is strict: of all texts
// that would mean the same bytes only the one that writing makes is taken, so that a text cannot be changed
// and stay itself. Not in constant time: not for secrets that an attacker can have read again and again. Any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace reeve::crypto {

constexpr std::size_t base64url_size(std::size_t bytes) {
  return (bytes * 4 + 2) / 3;
}

/// `out` has room for base64url_size(bytes.size()); returns that size.
std::size_t write_base64url(std::span<const std::uint8_t> bytes, char* out);

/// How many bytes were read into `out`; nothing if the text is not strictly base64url or `out` too small.
std::optional<std::size_t> read_base64url(std::string_view text, std::span<std::uint8_t> out);

}  // namespace reeve::crypto
