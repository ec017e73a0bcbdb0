// SPDX-License-Identifier: Apache-2.0
// What every reactor has, whoever drives it: the time of this turn, the timers, the coroutines that are ready to
// go on, the work budget. net::Reactor drives it with epoll, the simulator with virtual time; code above sees no
// difference. One thread.
#pragma once

#include <coroutine>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "rt/deadline.h"
#include "rt/timer_wheel.h"

namespace reeve::rt {

/// Time as of this turn of the loop: read once for all that happens in it.
struct Clock {
  MonoTime mono;
  WallTime wall;
};

class Loop {
 public:
  explicit Loop(Clock start) : clock_(start), timers_(start.mono) {}

  const Clock& clock() const { return clock_; }
  MonoTime now() const { return clock_.mono; }
  TimerWheel& timers() { return timers_; }

  /// Lets a suspended coroutine go on, later in this turn. Used where resuming on the spot would re-enter a
  /// caller that is not done (cancelling, notifying).
  void post(std::coroutine_handle<> ready) { ready_.push_back(ready); }

  /// For the driver: a new turn begins at that time. Fires timers, refills the budget.
  void begin_turn(Clock now);
  /// For the driver: resumes all that is ready, at most `kReadyMax`; true if more is waiting.
  bool run_ready();
  bool idle() const { return ready_.empty(); }

  /// One unit of work was done without waiting. When the turn's budget is spent, awaiting turn() makes room for
  /// others: a peer that is always faster than we are must not keep the reactor to itself.
  bool spend() { return budget_ == 0 || --budget_ == 0; }
  /// `co_await loop.turn()`: goes on in the next turn.
  auto turn() {
    struct Turn {
      Loop& loop;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> waiting) { loop.next_turn_.push_back(waiting); }
      void await_resume() const {}
    };
    return Turn{*this};
  }

 private:
  static constexpr std::uint32_t kBudget = 256;  // always-ready operations a turn
  static constexpr std::uint32_t kReadyMax = 4096;

  Clock clock_;
  TimerWheel timers_;
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> running_;
  std::vector<std::coroutine_handle<>> next_turn_;
  std::uint32_t budget_ = kBudget;
};

}  // namespace reeve::rt
