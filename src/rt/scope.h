// SPDX-License-Identifier: Apache-2.0
// Owns tasks that run beside their creator. A Scope is joined before its owner dies: nothing that it started
// outlives it. Belongs to one reactor.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "rt/task.h"

namespace reeve::rt {

class Scope {
 public:
  Scope() = default;
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  /// Ends the process if a task is still running: a Scope must be joined.
  ~Scope() {
    if (running_ != 0) std::terminate();
  }

  /// Starts `function(arguments…)`, which runs at once until it first waits. Arguments are copied or moved into
  /// the task; long-lived objects are passed by std::ref. Views and pointers are refused: nothing would keep
  /// alive what they point at.
  template <class Function, class... Arguments>
  void spawn(Function function, Arguments... arguments) {
    static_assert((owns<Arguments>() && ...), "Scope::spawn takes values and std::ref, no views or pointers");
    run(*this, function(std::move(arguments)...));
  }

  std::size_t running() const { return running_; }

  /// `co_await scope.join()`: until no task is running.
  auto join() {
    struct Join {
      Scope& scope;
      bool await_ready() const { return scope.running_ == 0; }
      void await_suspend(std::coroutine_handle<> waiting) { scope.joining_ = waiting; }
      void await_resume() const {}
    };
    return Join{*this};
  }

 private:
  template <class T>
  struct IsSpan : std::false_type {};
  template <class T, std::size_t N>
  struct IsSpan<std::span<T, N>> : std::true_type {};
  template <class T>
  static constexpr bool owns() {
    return !std::is_reference_v<T> && !std::is_pointer_v<T> && !std::is_same_v<T, std::string_view> &&
           !IsSpan<T>::value;
  }

  struct Root {
    struct promise_type {
      static void* operator new(std::size_t size) { return frame_pool::take(size); }
      static void operator delete(void* frame, std::size_t size) noexcept { frame_pool::give(frame, size); }
      Root get_return_object() noexcept { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() noexcept {}
      [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
    };
  };
  static Root run(Scope& scope, Task<void> task) {
    ++scope.running_;
    {
      Task<void> owned = std::move(task);  // destroyed before the joiner can destroy what it refers to
      co_await owned;
    }
    if (--scope.running_ == 0 && scope.joining_) std::exchange(scope.joining_, {}).resume();
  }

  std::size_t running_ = 0;
  std::coroutine_handle<> joining_;
};

}  // namespace reeve::rt
