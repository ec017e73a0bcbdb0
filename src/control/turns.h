// SPDX-License-Identifier: Apache-2.0
// One at a time, in the order of asking: what makes the control plane a single strand although its steps
// wait. For coroutines of one loop; no lock. Whoever has the turn must end it.
#pragma once

#include <deque>

#include "rt/task.h"
#include "rt/wait.h"

namespace reeve::control {

class Turns {
 public:
  explicit Turns(rt::Loop& loop) : loop_(loop) {}

  /// Waits for the turn.
  rt::Task<> begin() {
    if (!taken_) {
      taken_ = true;
      co_return;
    }
    rt::Event mine(loop_);
    waiting_.push_back(&mine);
    // Ends when the one before does; each of its waits has a deadline.
    [[maybe_unused]] const rt::IoStatus status = co_await mine.wait(rt::Deadline::never());
  }
  void end() {
    if (waiting_.empty()) {
      taken_ = false;
      return;
    }
    rt::Event* next = waiting_.front();
    waiting_.pop_front();
    next->set();
  }

 private:
  rt::Loop& loop_;
  bool taken_ = false;
  std::deque<rt::Event*> waiting_;
};

}  // namespace reeve::control
