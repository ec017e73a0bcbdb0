// SPDX-License-Identifier: Apache-2.0
// An rt::Loop on virtual time for tests without sockets: it turns until nothing is ready, then jumps to the
// next timer. No sleeping, no threads; the same steps at every run.
#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "rt/loop.h"
#include "rt/scope.h"
#include "rt/task.h"

namespace reeve::test {

class TestLoop {
 public:
  TestLoop() : loop_(clock_) {}
  /// Runs what was put off, so that nothing leaks.
  ~TestLoop() { settle(); }
  TestLoop(const TestLoop&) = delete;
  TestLoop& operator=(const TestLoop&) = delete;

  rt::Loop& loop() { return loop_; }
  operator rt::Loop&() { return loop_; }
  MonoTime now() const { return clock_.mono; }

  /// Runs what is ready, and what becomes ready by that; time stands still.
  void settle();
  /// Lets that much time pass: every timer due fires at its time, and what follows from it runs.
  void advance(Duration span);
  /// Runs, letting time jump to the next timer, until `done()`; false when `at_most` has passed or nothing is
  /// left that could make it true.
  bool run_until(const std::function<bool()>& done, Duration at_most = std::chrono::hours(1));

  /// Runs the task to its end and gives its result; ends the process when it hangs.
  template <class T>
  T wait(rt::Task<T> task) {
    rt::Scope scope;
    if constexpr (std::is_void_v<T>) {
      scope.spawn(&TestLoop::take_void, std::move(task));
      finish(scope);
    } else {
      std::optional<T> result;
      scope.spawn(&TestLoop::take<T>, std::move(task), std::ref(result));
      finish(scope);
      return std::move(*result);
    }
  }

 private:
  static rt::Task<> take_void(rt::Task<> task) { co_await task; }
  template <class T>
  static rt::Task<> take(rt::Task<T> task, std::reference_wrapper<std::optional<T>> result) {
    result.get().emplace(co_await task);
  }
  void finish(rt::Scope& scope);
  bool jump(MonoTime no_later_than);

  rt::Clock clock_{MonoTime(std::chrono::hours(1)), WallTime(std::chrono::seconds(1'790'000'000))};
  rt::Loop loop_;
};

/// Calls `callback` from the loop, later in this turn: how a test double completes an operation.
void defer(rt::Loop& loop, std::move_only_function<void()> callback);

}  // namespace reeve::test
