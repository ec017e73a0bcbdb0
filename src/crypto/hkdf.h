// SPDX-License-Identifier: Apache-2.0
// HKDF with SHA-256 (RFC 5869): independent keys from one that is kept, one for each purpose. For starts and
// for opening, not for every request: it allocates. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace reeve::crypto {

/// Fills `out`, at most 255 * 32 bytes. `info` tells purposes apart; an empty `salt` is fine for a random
/// `key`.
void hkdf_sha256(std::span<const std::uint8_t> key, std::string_view salt, std::string_view info,
                 std::span<std::uint8_t> out);

}  // namespace reeve::crypto
