// SPDX-License-Identifier: Apache-2.0
// What net::Reactor is to epoll, on virtual time: one rt::Loop, turned when something is due. A turn fires
// timers, then dispatches events, then mail, then lets deferred and ready work go on; it takes virtual time,
// and now and then far too much of it, so that several things become due at once.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "rt/doors.h"
#include "rt/loop.h"
#include "sim/world.h"

namespace reeve::sim {

/// Somebody to whom a reactor brings events. Lives on one reactor.
class EventHandler {
 public:
  virtual void on_event() = 0;
  /// A while after defer(): outside of whatever was going on.
  virtual void on_deferred() = 0;

 protected:
  ~EventHandler() = default;
};

class Reactor final : public rt::Mailbox {
 public:
  /// How long turns take.
  struct Pace {
    Duration turn{0};
    std::uint32_t hiccups = 0;  ///< of 10,000 turns
    Duration hiccup_max{0};
  };

  Reactor(World& world, Pace pace);

  World& world() { return world_; }
  rt::Loop& loop() { return loop_; }
  void calm() { pace_.hiccups = 0; }

  /// Ids are never used twice.
  std::uint64_t attach(EventHandler& handler);
  void detach(std::uint64_t id);
  bool attached(std::uint64_t id) const { return handlers_[id].handler != nullptr; }

  /// Brings on_event() to the handler, if it is still there, in a turn from now on.
  void notify(std::uint64_t id);
  void defer(std::uint64_t id);
  void post(std::move_only_function<void()> message) override;
  /// Something was made ready from outside of a turn.
  void wake();

 private:
  void turn();
  void settle();
  void wait_for_timers();

  World& world_;
  Pace pace_;
  Prng prng_;
  rt::Loop loop_;
  struct Attached {
    EventHandler* handler;
    bool notified = false;
  };
  std::vector<Attached> handlers_;
  std::vector<std::uint64_t> notified_;
  std::vector<std::uint64_t> deferred_;
  std::vector<std::move_only_function<void()>> mail_;
  MonoTime free_at_;  // when the last turn is over
  MonoTime timer_at_ = MonoTime::max();
  bool turn_due_ = false;
  bool busy_ = false;
};

}  // namespace reeve::sim
