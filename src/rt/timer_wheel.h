// SPDX-License-Identifier: Apache-2.0
// Deadlines of one reactor: a hierarchical wheel of 1 ms ticks. Arming later than a timer already stands is only
// a store; the wheel looks again when the old time comes. So a connection re-arms its deadline at every read for
// some 18 instructions. Fires never early, at most one tick late plus the loop's lag.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace reeve::rt {

/// An intrusive timer. Its owner may destroy it at any time.
class Timer {
 public:
  using Fire = void (*)(Timer&);
  explicit Timer(Fire fire) : fire_(fire) {}
  ~Timer() { unlink(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool armed() const { return due_ != MonoTime::max(); }
  MonoTime due() const { return due_; }
  /// Forgets the deadline; the wheel finds out by itself.
  void disarm() { due_ = MonoTime::max(); }

 private:
  friend class TimerWheel;
  void unlink() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }
  Fire fire_;
  MonoTime due_ = MonoTime::max();
  std::uint64_t tick_ = 0;  // where it is linked, while it is
  Timer* previous_ = nullptr;
  Timer* next_ = nullptr;
};

class TimerWheel {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds(1);

  explicit TimerWheel(MonoTime start);
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  void arm(Timer& timer, MonoTime due) {
    timer.due_ = due;
    if (timer.next_ != nullptr && timer.tick_ <= tick_of(due)) return;  // looked at again when tick_ comes
    link(timer);
  }
  /// Fires what is due at `now`, in order of ticks. Timers may be armed, disarmed and destroyed meanwhile.
  void advance(MonoTime now);
  /// A time before which nothing fires; nothing if no timer is linked.
  std::optional<MonoTime> next() const;

 private:
  static constexpr unsigned kBits = 6;
  static constexpr unsigned kSlots = 1u << kBits;
  static constexpr unsigned kLevels = 4;

  std::uint64_t tick_of(MonoTime time) const {  // rounded up: never early
    if (time <= start_) return 0;
    return static_cast<std::uint64_t>((time - start_ + kTick - Duration(1)) / kTick);
  }
  void link(Timer& timer);
  void run_slot(unsigned level, unsigned slot, MonoTime now);
  bool empty(unsigned level, unsigned slot) const;

  MonoTime start_;
  std::uint64_t current_ = 0;  // every tick up to here has been run
  std::array<std::array<Timer, kSlots>, kLevels>* lists_;  // list heads
  // Bit set: that slot may hold a timer. A timer that unlinks itself leaves its bit; next() clears it.
  mutable std::array<std::uint64_t, kLevels> occupied_{};
};

}  // namespace reeve::rt
