// SPDX-License-Identifier: Apache-2.0
// Small helpers for secrets that people carry (the admin token, keys): written as base64url, compared in
// constant time. Random bits come from the Random door, never from here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace reeve::crypto {

/// RFC 4648 section 5 without padding.
std::string to_base64url(std::span<const std::uint8_t> bytes);

/// Equal, in time that depends on the sizes only.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace reeve::crypto
