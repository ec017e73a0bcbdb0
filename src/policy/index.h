// SPDX-License-Identifier: Apache-2.0
// Tables refer to each other by position, in 32 bits: there may be a million entries, and a position outlives
// a vector's growth.
#pragma once

#include <cstdint>

namespace reeve::policy {

/// No such entry.
inline constexpr std::uint32_t kNone = 0xffffffff;

}  // namespace reeve::policy
