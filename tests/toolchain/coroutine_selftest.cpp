// SPDX-License-Identifier: Apache-2.0
// Proves that the compiler constructs and destroys objects of common coroutine forms exactly once.
// CMake runs it before anything else is built; g++ 12.2 fails five of the eleven cases.
// Exits with the number of wrong cases.
#include <coroutine>
#include <cstdio>
#include <exception>
#include <utility>

namespace {

struct LazyTask {
  struct promise_type {
    std::coroutine_handle<> continuation;
    LazyTask get_return_object() {
      return LazyTask{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
        if (ended.promise().continuation) return ended.promise().continuation;
        return std::noop_coroutine();
      }
      void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
  explicit LazyTask(std::coroutine_handle<promise_type> h) : handle(h) {}
  LazyTask(LazyTask&& other) noexcept : handle(std::exchange(other.handle, {})) {}
  ~LazyTask() {
    if (handle) handle.destroy();
  }
  bool await_ready() { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) {
    handle.promise().continuation = awaiting;
    return handle;
  }
  void await_resume() {}
};

int live = 0;  // objects constructed and not yet destroyed

struct Counted {
  Counted() { ++live; }
  Counted(const Counted&) { ++live; }
  Counted(Counted&&) noexcept { ++live; }
  ~Counted() { --live; }
};
struct Aggregate {
  int number;
  Counted counted;
};
struct ReadyNow {
  bool await_ready() { return true; }
  void await_suspend(std::coroutine_handle<>) {}
  Counted await_resume() { return Counted{}; }
};

template <class F>
LazyTask by_value(F f) {
  (void)f;
  co_return;
}
template <class F>
LazyTask by_rvalue(F&& f) {
  (void)f;
  co_return;
}
LazyTask take(Counted c) {
  (void)c;
  co_return;
}
LazyTask take_reference(const Counted& c) {
  (void)c;
  co_return;
}
LazyTask take_aggregate(Aggregate a) {
  (void)a;
  co_return;
}

LazyTask named_lambda() {
  Counted c;
  auto lambda = [c] { (void)c; };
  co_await by_value(std::move(lambda));
}
LazyTask stored_task() {
  Counted c;
  auto lambda = [c] { (void)c; };
  auto task = by_value(std::move(lambda));
  co_await task;
}
LazyTask temporary_lambda_by_rvalue() {
  Counted c;
  co_await by_rvalue([c] { (void)c; });
}
LazyTask temporary_by_value() { co_await take(Counted{}); }
LazyTask temporary_by_reference() { co_await take_reference(Counted{}); }
LazyTask temporary_aggregate() { co_await take_aggregate(Aggregate{1, Counted{}}); }
LazyTask temporary_braced_aggregate() { co_await take_aggregate({1, Counted{}}); }
LazyTask named_aggregate() {
  Aggregate a{1, Counted{}};
  co_await take_aggregate(std::move(a));
}
LazyTask temporary_lambda_by_value() {
  Counted c;
  co_await by_value([c] { (void)c; });
}
LazyTask awaited_value_in_block() {
  bool yes = true;
  if (yes) {
    auto value = co_await ReadyNow{};
    (void)value;
  }
  co_return;
}
LazyTask conditional_await() {
  bool yes = true;
  Counted value = yes ? co_await ReadyNow{} : Counted{};
  (void)value;
}

int wrong = 0;

void run(const char* name, LazyTask (*form)()) {
  live = 0;
  {
    LazyTask task = form();
    task.handle.resume();
  }
  if (live != 0) ++wrong;
  std::printf("%-28s live=%d %s\n", name, live, live == 0 ? "ok" : "WRONG");
}

}  // namespace

int main() {
  run("named lambda", named_lambda);
  run("stored task", stored_task);
  run("temporary lambda, rvalue", temporary_lambda_by_rvalue);
  run("temporary by value", temporary_by_value);
  run("temporary by reference", temporary_by_reference);
  run("temporary aggregate", temporary_aggregate);
  run("temporary braced aggregate", temporary_braced_aggregate);
  run("named aggregate", named_aggregate);
  run("temporary lambda, value", temporary_lambda_by_value);
  run("awaited value in a block", awaited_value_in_block);
  run("conditional await", conditional_await);
  return wrong;
}
