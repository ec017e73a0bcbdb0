// SPDX-License-Identifier: Apache-2.0
#include "base/bug.h"

#include <cstdio>

namespace reeve {

namespace {
// Relaxed: a statistic, nothing is ordered by it.
std::atomic<std::uint64_t> bugs{0};
}  // namespace

std::uint64_t bug_count() { return bugs.load(std::memory_order_relaxed); }

void detail::report_bug(const char* file, int line, const char* text, std::atomic<bool>& reported) {
  bugs.fetch_add(1, std::memory_order_relaxed);
  if (!reported.exchange(true, std::memory_order_relaxed))
    std::fprintf(stderr, "reeve: internal error at %s:%d: %s (please report it; serving goes on)\n", file, line, text);
}

}  // namespace reeve
