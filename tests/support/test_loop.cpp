// SPDX-License-Identifier: Apache-2.0
#include "tests/support/test_loop.h"

#include <cstdio>
#include <cstdlib>

namespace reeve::test {

namespace {

// Owns itself: it ends when its callback has returned.
struct Deferred {
  struct promise_type {
    Deferred get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

struct Later {
  rt::Loop& loop;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiting) const { loop.post(waiting); }
  void await_resume() const {}
};

Deferred call_later(rt::Loop& loop, std::move_only_function<void()> callback) {
  co_await Later{loop};
  callback();
}

}  // namespace

void defer(rt::Loop& loop, std::move_only_function<void()> callback) {
  call_later(loop, std::move(callback));
}

void TestLoop::settle() {
  do {
    loop_.begin_turn(clock_);
  } while (loop_.run_ready() || !loop_.idle());
}

// To the next timer, if there is one until then.
bool TestLoop::jump(MonoTime no_later_than) {
  const std::optional<MonoTime> next = loop_.timers().next();
  if (!next || *next > no_later_than) return false;
  const Duration step = std::max(*next - clock_.mono, Duration(rt::TimerWheel::kTick));
  clock_.mono += step;
  clock_.wall += step;
  return true;
}

void TestLoop::advance(Duration span) {
  const MonoTime until = clock_.mono + span;
  settle();
  while (jump(until)) settle();
  if (clock_.mono < until) {
    clock_.wall += until - clock_.mono;
    clock_.mono = until;
  }
  settle();
}

bool TestLoop::run_until(const std::function<bool()>& done, Duration at_most) {
  const MonoTime until = clock_.mono + at_most;
  settle();
  while (!done()) {
    if (!jump(until)) return false;
    settle();
  }
  return true;
}

void TestLoop::finish(rt::Scope& scope) {
  if (run_until([&] { return scope.running() == 0; })) return;
  std::fputs("TestLoop: the awaited task hangs: nothing is ready and no timer is left\n", stderr);
  std::abort();
}

}  // namespace reeve::test
