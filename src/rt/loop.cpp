// SPDX-License-Identifier: Apache-2.0
#include "rt/loop.h"

#include <utility>

namespace reeve::rt {

void Loop::begin_turn(Clock now) {
  clock_ = now;
  budget_ = kBudget;
  ready_.insert(ready_.end(), next_turn_.begin(), next_turn_.end());
  next_turn_.clear();
  timers_.advance(now.mono);
}

bool Loop::run_ready() {
  // What becomes ready meanwhile runs too, in order, until nothing is or the turn has lasted long enough.
  for (std::uint32_t count = 0; !ready_.empty() && count < kReadyMax;) {
    running_.swap(ready_);
    for (std::coroutine_handle<> handle : running_) handle.resume();
    count += static_cast<std::uint32_t>(running_.size());
    running_.clear();
  }
  return !ready_.empty() || !next_turn_.empty();
}

}  // namespace reeve::rt
