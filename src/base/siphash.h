// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4 with 128 bits (Aumasson, Bernstein 2012; the reference's 128-bit form): a keyed hash for tables
// whose entries outsiders choose. Who does not know the key can neither find two texts of the same hash nor
// aim at a bucket; for that fewer rounds than 2-4 are the custom (Rust, Python, Ruby). No message
// authentication for files: use crypto/ for that.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace reeve {

using SipKey = std::array<std::uint64_t, 2>;

struct SipHash128 {
  std::uint64_t low;
  std::uint64_t high;
  bool operator==(const SipHash128&) const = default;
};

SipHash128 siphash128(const SipKey& key, std::string_view bytes);

}  // namespace reeve
