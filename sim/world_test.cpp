// SPDX-License-Identifier: Apache-2.0
// Virtual time: order, jumps, the hash; a reactor's turns and what wakes them.
#include "sim/world.h"

#include <gtest/gtest.h>

#include "rt/scope.h"
#include "rt/wait.h"
#include "sim/doors.h"
#include "sim/reactor.h"

namespace reeve::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(World, EventsComeByTimeThenByOrderOfAsking) {
  World world(1);
  std::string order;
  world.after(seconds(2), [&] { order += 'c'; });
  world.after(seconds(1), [&] { order += 'a'; });
  world.after(seconds(1), [&] { order += 'b'; });
  while (world.step()) {
  }
  EXPECT_EQ(order, "abc");
}

TEST(World, TimeJumpsToTheNextEventAndWallTimeKeepsUp) {
  World world(1);
  const rt::Clock before = world.clock();
  world.after(std::chrono::hours(5), [] {});
  EXPECT_TRUE(world.step());
  EXPECT_EQ(world.now() - before.mono, std::chrono::hours(5));
  EXPECT_EQ(world.clock().wall - before.wall, std::chrono::hours(5));
  EXPECT_FALSE(world.step());
}

TEST(World, RunUntilStopsAtItsLimit) {
  World world(1);
  const MonoTime start = world.now();
  world.after(seconds(10), [] {});
  EXPECT_FALSE(world.run_until([] { return false; }, start + seconds(5)));
  EXPECT_EQ(world.now(), start);
}

TEST(World, TheHashTellsOrderAndValuesApart) {
  const auto hash = [](std::uint64_t a, std::uint64_t b) {
    World world(1);
    world.trace("one", a);
    world.trace("two", b);
    return world.hash();
  };
  EXPECT_EQ(hash(1, 2), hash(1, 2));
  EXPECT_NE(hash(1, 2), hash(2, 1));
}

rt::Task<> wait_on(rt::Event& event, rt::Deadline deadline, rt::IoStatus& ended) {
  ended = co_await event.wait(deadline);
}

TEST(Reactor, ACancelledSleeperEndsAtOnceAndLeavesNoTimer) {
  World world(1);
  Reactor reactor(world, {});
  auto ended = rt::IoStatus::Failed;
  rt::Scope scope;
  const MonoTime start = world.now();
  {
    rt::Event event(reactor.loop());
    reactor.post([&] {
      scope.spawn(wait_on, std::ref(event), rt::Deadline::after(reactor.loop().now(), seconds(60)),
                  std::ref(ended));
    });
    world.after(milliseconds(250), [&] { reactor.post([&] { event.cancel(); }); });
    ASSERT_TRUE(world.run_until([&] { return ended != rt::IoStatus::Failed; }, start + seconds(30)));
  }
  EXPECT_EQ(ended, rt::IoStatus::Cancelled);
  EXPECT_EQ(world.now() - start, milliseconds(250));
  EXPECT_FALSE(reactor.loop().timers().next());
}

rt::Task<> count_pauses(Reactor& reactor, int& count) {
  for (int i = 0; i < 3; ++i) {
    co_await pause(reactor, seconds(20));
    ++count;
  }
}

TEST(Reactor, TimersWakeItWithoutAnythingElse) {
  World world(1);
  Reactor reactor(world, {});
  rt::Scope scope;
  int count = 0;
  const MonoTime start = world.now();
  reactor.post([&] { scope.spawn(count_pauses, std::ref(reactor), std::ref(count)); });
  EXPECT_TRUE(world.run_until([&] { return count == 3; }, start + std::chrono::minutes(2)));
  EXPECT_GE(world.now() - start, seconds(60));
  EXPECT_LT(world.now() - start, seconds(61));
}

TEST(Reactor, ATurnTakesTimeAndDelaysTheNext) {
  World world(7);
  Reactor reactor(world, {.turn = Duration(0), .hiccups = 10'000, .hiccup_max = seconds(1)});
  std::vector<MonoTime> turns;
  for (int i = 0; i < 5; ++i) {
    world.after(milliseconds(i), [&] { reactor.post([&] { turns.push_back(world.now()); }); });
  }
  while (world.step()) {
  }
  ASSERT_EQ(turns.size(), 5u);
  EXPECT_GT(turns.back() - turns.front(), milliseconds(4));
}

}  // namespace
}  // namespace reeve::sim
