// SPDX-License-Identifier: Apache-2.0
// The lazy coroutine: it starts when it is awaited and resumes its awaiter at its end (symmetric transfer). Every
// Task is awaited by its creator or owned by a Scope. Errors are values; an exception that leaves a Task ends the
// process. About 30 ns and one frame each: a step that never waits is a plain function instead.
#pragma once

#include <coroutine>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include "rt/frame_pool.h"

namespace reeve::rt {

template <class T>
class Task;

namespace detail {

struct PromiseBase {
  std::coroutine_handle<> continuation;

  static void* operator new(std::size_t size) { return frame_pool::take(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { frame_pool::give(frame, size); }

  std::suspend_always initial_suspend() noexcept { return {}; }
  struct Final {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
      return ended.promise().continuation;
    }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }
  [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
};

template <class T>
struct Promise : PromiseBase {
  Task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& value) {
    ::new (static_cast<void*>(storage)) T(std::forward<U>(value));
    filled = true;
  }
  ~Promise() {
    if (filled) value().~T();
  }
  T& value() { return *std::launder(reinterpret_cast<T*>(storage)); }

  alignas(T) std::byte storage[sizeof(T)];
  bool filled = false;
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() noexcept {}
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] [[clang::coro_return_type]] [[clang::coro_lifetimebound]] Task {
 public:
  using promise_type = detail::Promise<T>;

  explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    handle_.promise().continuation = awaiting;
    return handle_;
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return std::move(handle_.promise().value());
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
[[clang::coro_wrapper]] Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
[[clang::coro_wrapper]] inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

}  // namespace detail

}  // namespace reeve::rt
