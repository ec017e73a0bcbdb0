// SPDX-License-Identifier: Apache-2.0
// Bodies that tell whose they are: every 16 bytes name the request, the direction and their own place, so
// that a byte lost, repeated or mixed up is seen where it stands. Written by simulated clients and servers,
// judged by the checkers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::sim {

enum class Way : std::uint8_t { Up, Down };

/// `size` bytes of that body from `offset`.
std::string body_piece(Way way, std::uint64_t request, std::uint64_t offset, std::size_t size);
bool is_body_piece(Way way, std::uint64_t request, std::uint64_t offset, std::string_view bytes);

/// Request ids as they stand in paths and fields: `r17`.
std::string id_text(std::uint64_t request);
std::optional<std::uint64_t> id_of(std::string_view text);
std::optional<std::uint64_t> number_of(std::string_view text);

}  // namespace reeve::sim
