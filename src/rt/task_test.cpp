// SPDX-License-Identifier: Apache-2.0
#include "rt/task.h"

#include <gtest/gtest.h>

#include <memory>

#include "rt/loop.h"
#include "rt/scope.h"
#include "rt/wait.h"

namespace reeve::rt {
namespace {

using namespace std::chrono_literals;

Task<int> add(int a, int b) { co_return a + b; }
Task<std::unique_ptr<int>> boxed(int n) { co_return std::make_unique<int>(n); }

Task<void> sums(int& total) {
  total += co_await add(1, 2);
  auto box = co_await boxed(4);
  total += *box;
}

TEST(Task, GivesValuesThatOnlyMove) {
  int total = 0;
  Scope scope;
  scope.spawn(sums, std::ref(total));
  EXPECT_EQ(scope.running(), 0u);
  EXPECT_EQ(total, 7);
}

Task<void> deep(int levels, int& reached) {
  if (levels == 0) {
    ++reached;
    co_return;
  }
  co_await deep(levels - 1, reached);
}
Task<void> many(int& reached) {
  for (int i = 0; i < 200000; ++i) co_await deep(1, reached);
}

TEST(Task, ManyAwaitsInARowNeedNoStack) {
  int reached = 0;
  Scope scope;
  scope.spawn(many, std::ref(reached));
  EXPECT_EQ(reached, 200000);
}

Task<void> wait_for(Event& event, Deadline deadline, std::vector<IoStatus>& ends) {
  ends.push_back(co_await event.wait(deadline));
}

struct EventTest : ::testing::Test {
  Loop loop{Clock{MonoTime{}, WallTime{}}};
  Event event{loop};
  std::vector<IoStatus> ends;
  void pass(Duration span) {
    loop.begin_turn({loop.now() + span, {}});
    loop.run_ready();
  }
};

TEST_F(EventTest, IsSetByAnother) {
  Scope scope;
  scope.spawn(wait_for, std::ref(event), Deadline::never(), std::ref(ends));
  pass(1h);
  EXPECT_TRUE(ends.empty());
  event.set();
  EXPECT_TRUE(ends.empty()) << "a waiter is resumed by the loop, never on the spot";
  loop.run_ready();
  EXPECT_EQ(ends, std::vector{IoStatus::Ok});
}

TEST_F(EventTest, EndsAtItsDeadlineAndLeavesNoTimer) {
  Scope scope;
  scope.spawn(wait_for, std::ref(event), Deadline::after(loop.now(), 100ms), std::ref(ends));
  pass(99ms);
  EXPECT_TRUE(ends.empty());
  pass(2ms);
  EXPECT_EQ(ends, std::vector{IoStatus::TimedOut});
  EXPECT_EQ(loop.timers().next(), std::nullopt);
}

TEST_F(EventTest, ACancelledWaitEndsAtOnce) {
  Scope scope;
  Cancellation cancellation;
  Cancellation::Attached attached(cancellation, event);
  scope.spawn(wait_for, std::ref(event), Deadline::after(loop.now(), 1h), std::ref(ends));
  cancellation.request();
  loop.run_ready();
  EXPECT_EQ(ends, std::vector{IoStatus::Cancelled});
  pass(2h);
  EXPECT_EQ(loop.timers().next(), std::nullopt);
}

Task<void> yield_twice(Loop& loop, int& turns) {
  for (int i = 0; i < 2; ++i) {
    co_await loop.turn();
    ++turns;
  }
}

TEST(Loop, TurnGoesOnInTheNextTurn) {
  Loop loop{Clock{}};
  int turns = 0;
  Scope scope;
  scope.spawn(yield_twice, std::ref(loop), std::ref(turns));
  loop.run_ready();
  EXPECT_EQ(turns, 0);
  loop.begin_turn({});
  EXPECT_TRUE(loop.run_ready());
  EXPECT_EQ(turns, 1);
  loop.begin_turn({});
  EXPECT_FALSE(loop.run_ready());
  EXPECT_EQ(turns, 2);
}

Task<void> join_all(Scope& scope, bool& joined) {
  co_await scope.join();
  joined = true;
}

TEST(Scope, JoinWaitsForTheLastTask) {
  Loop loop{Clock{}};
  Event a(loop), b(loop);
  std::vector<IoStatus> ends;
  bool joined = false;
  Scope inner, outer;
  inner.spawn(wait_for, std::ref(a), Deadline::never(), std::ref(ends));
  inner.spawn(wait_for, std::ref(b), Deadline::never(), std::ref(ends));
  outer.spawn(join_all, std::ref(inner), std::ref(joined));
  a.set();
  loop.run_ready();
  EXPECT_FALSE(joined);
  b.set();
  loop.run_ready();
  EXPECT_TRUE(joined);
  EXPECT_EQ(outer.running(), 0u);
}

}  // namespace
}  // namespace reeve::rt
