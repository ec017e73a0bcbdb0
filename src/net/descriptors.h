// SPDX-License-Identifier: Apache-2.0
// The process's descriptor limit, which bounds how many connections can be served (rules, 1: `connections:
// auto`). Used once by app at start-up; what follows from the number is decided there.
#pragma once

#include <cstdint>

namespace reeve::net {

/// Raises RLIMIT_NOFILE to its hard limit and returns what holds then.
std::uint64_t raise_descriptor_limit();

}  // namespace reeve::net
