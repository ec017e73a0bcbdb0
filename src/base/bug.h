// SPDX-License-Identifier: Apache-2.0
// What cannot happen but would be survivable: say it once on stderr, count it, go on. Any thread. Never about
// outside data: what a client or an upstream sends wrongly is an Error, not a bug.
#pragma once

#include <atomic>
#include <cstdint>

namespace reeve {

/// How many RV_BUG conditions were met in this process; /metrics shows it, tests require 0.
std::uint64_t bug_count();

namespace detail {
void report_bug(const char* file, int line, const char* text, std::atomic<bool>& reported);
}

#define RV_BUG(text)                                                   \
  do {                                                                 \
    static std::atomic<bool> reported{false};                          \
    ::reeve::detail::report_bug(__FILE__, __LINE__, (text), reported); \
  } while (false)

}  // namespace reeve
