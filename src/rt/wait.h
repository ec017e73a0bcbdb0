// SPDX-License-Identifier: Apache-2.0
// Waiting for each other on one reactor: `Event`, set by one coroutine and awaited by another, with a deadline and
// ending early when cancelled. No queue and no thread.
#pragma once

#include <coroutine>

#include "rt/cancellation.h"
#include "rt/io_status.h"
#include "rt/loop.h"

namespace reeve::rt {

/// Something that one coroutine waits for and another makes happen. Stays set until reset().
class Event final : public Cancelable {
 public:
  explicit Event(Loop& loop) : loop_(loop), timer_(*this) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set() {
    set_ = true;
    finish(IoStatus::Ok);
  }
  void reset() { set_ = false; }
  bool is_set() const { return set_; }
  void cancel() override { finish(IoStatus::Cancelled); }

  /// `co_await event.wait(deadline)` → Ok, TimedOut or Cancelled. One waiter.
  auto wait(Deadline deadline) {
    struct Wait {
      Event& event;
      Deadline until;
      bool await_ready() const { return event.set_; }
      void await_suspend(std::coroutine_handle<> waiting) {
        event.waiting_ = waiting;
        event.status_ = IoStatus::Ok;
        if (until.at != MonoTime::max()) event.loop_.timers().arm(event.timer_, until.at);
      }
      IoStatus await_resume() const { return event.set_ ? IoStatus::Ok : event.status_; }
    };
    status_ = IoStatus::Ok;
    return Wait{*this, deadline};
  }

 private:
  struct EventTimer : Timer {
    explicit EventTimer(Event& e)
        : Timer([](Timer& t) { static_cast<EventTimer&>(t).event.finish(IoStatus::TimedOut); }), event(e) {}
    Event& event;
  };
  void finish(IoStatus status) {
    if (!waiting_) return;
    status_ = status;
    timer_.disarm();
    loop_.post(std::exchange(waiting_, {}));
  }

  Loop& loop_;
  EventTimer timer_;
  std::coroutine_handle<> waiting_;
  IoStatus status_ = IoStatus::Ok;
  bool set_ = false;
};

}  // namespace reeve::rt
