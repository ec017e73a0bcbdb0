// SPDX-License-Identifier: Apache-2.0
// One thread's engine: waits with epoll, drives an rt::Loop, calls who is registered, runs mail from other
// threads. Everything but post(), stop() and the lag belongs to the thread that calls run(); setting up
// before that is fine. It does no I/O on registered descriptors itself, and it must outlive all that is
// registered.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "net/event_handler.h"
#include "net/unique_fd.h"
#include "rt/doors.h"
#include "rt/loop.h"

namespace reeve::net {

class Reactor final : public rt::Mailbox {
 public:
  /// Throws std::system_error: start-up only.
  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  rt::Loop& loop() { return loop_; }

  /// Turns until stop().
  void run();
  /// From any thread, also before run().
  void stop();
  /// One turn: waits at most that long, then does all that is due. For tests and for drivers of their own.
  void turn(Duration longest_wait);

  /// From any thread. Messages that were never run are destroyed with the reactor.
  void post(std::move_only_function<void()> message) override;

  // Foreign descriptors (name resolution, libraries, signals): level-triggered, known by their number. Inside
  // the callback, modify() and unwatch() are fine. unwatch() comes before the descriptor is closed.
  using FdCallback = std::function<void(std::uint32_t events)>;
  /// EPOLLIN, EPOLLOUT, …; false if the kernel refuses.
  bool watch(int fd, std::uint32_t events, FdCallback callback);
  void modify(int fd, std::uint32_t events);
  void unwatch(int fd);

  // What net's own streams and listeners use.
  /// Registers once, with the trigger that `events` says. Empty if the kernel refuses.
  Registration attach(int fd, std::uint32_t events, EventHandler& handler);
  /// Forgets it; the descriptor is closed next, which takes it out of epoll.
  void detach(Registration registration);
  /// The same for a descriptor that stays open.
  void withdraw(int fd, Registration registration);
  bool attached(Registration registration) const {
    return slots_[registration.slot].generation == registration.generation;
  }
  /// Calls on_deferred() later in this turn, unless detached by then.
  void defer(Registration registration) { deferred_.push_back(registration); }

  /// How long turns keep an event waiting. Readable from any thread.
  struct Lag {
    Duration last;
    Duration max;  ///< since reset_lag()
  };
  Lag lag() const;
  void reset_lag();

 private:
  struct Slot {
    EventHandler* handler;
    std::uint32_t generation;
    std::uint32_t next_free;
  };
  struct Watch;
  struct Wake final : EventHandler {
    explicit Wake(Reactor& r) : reactor(r) {}
    void on_events(std::uint32_t) override { reactor.run_mail(); }
    Reactor& reactor;
  };
  static constexpr std::size_t kBatch = 256;
  static constexpr std::uint32_t kNoSlot = 0xffffffff;

  Registration take_slot(EventHandler& handler);
  int wait_milliseconds(Duration longest_wait);
  void dispatch(const epoll_event& event);
  void settle();
  void run_mail();
  void run_deferred();
  void measure_lag();
  void wake();

  UniqueFd epoll_;
  UniqueFd wake_fd_;
  Wake wake_{*this};
  rt::Loop loop_;
  std::vector<Slot> slots_;
  std::uint32_t free_slot_ = kNoSlot;
  std::vector<Registration> deferred_;
  std::vector<Registration> deferred_now_;
  std::vector<std::unique_ptr<Watch>> watches_;
  std::vector<std::unique_ptr<Watch>> ended_watches_;  // until the callback that ended them has returned
  bool busy_ = false;                                  // something can go on at once: do not sleep

  std::mutex mail_mutex_;
  std::vector<std::move_only_function<void()>> mail_;  // under mail_mutex_
  std::vector<std::move_only_function<void()>> mail_now_;

  std::atomic<bool> stop_{false};
  // Relaxed: single numbers for a gauge, nothing is published by them.
  std::atomic<std::int64_t> lag_last_{0};
  std::atomic<std::int64_t> lag_max_{0};

  std::array<epoll_event, kBatch> events_;
};

}  // namespace reeve::net
