// SPDX-License-Identifier: Apache-2.0
// The process's descriptor limit, which bounds how many connections can be served. Used once at start-up.
#pragma once

#include <cstdint>

namespace reeve::net {

/// Raises RLIMIT_NOFILE to its hard limit and returns what holds then.
std::uint64_t raise_descriptor_limit();

}  // namespace reeve::net
