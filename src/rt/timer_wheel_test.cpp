// SPDX-License-Identifier: Apache-2.0
#include "rt/timer_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "base/prng.h"

namespace reeve::rt {
namespace {

using namespace std::chrono_literals;

struct Counting : Timer {
  Counting() : Timer([](Timer& t) { ++static_cast<Counting&>(t).fired; }) {}
  int fired = 0;
};

TEST(TimerWheel, FiresOnceAndNeverEarly) {
  const MonoTime start{};
  TimerWheel wheel(start);
  Counting timer;
  wheel.arm(timer, start + 10ms);
  wheel.advance(start + 9ms);
  EXPECT_EQ(timer.fired, 0);
  wheel.advance(start + 10ms);
  EXPECT_EQ(timer.fired, 1);
  wheel.advance(start + 1h);
  EXPECT_EQ(timer.fired, 1);
}

TEST(TimerWheel, ReArmingLaterOrEarlierHolds) {
  const MonoTime start{};
  TimerWheel wheel(start);
  Counting later, earlier;
  wheel.arm(later, start + 5ms);
  wheel.arm(later, start + 500ms);
  wheel.arm(earlier, start + 500ms);
  wheel.arm(earlier, start + 5ms);
  wheel.advance(start + 6ms);
  EXPECT_EQ(later.fired, 0);
  EXPECT_EQ(earlier.fired, 1);
  wheel.advance(start + 499ms);
  EXPECT_EQ(later.fired, 0);
  wheel.advance(start + 501ms);
  EXPECT_EQ(later.fired, 1);
}

TEST(TimerWheel, DisarmedAndDestroyedTimersDoNotFire) {
  const MonoTime start{};
  TimerWheel wheel(start);
  Counting disarmed;
  wheel.arm(disarmed, start + 5ms);
  disarmed.disarm();
  {
    Counting gone;
    wheel.arm(gone, start + 5ms);
  }
  wheel.advance(start + 1s);
  EXPECT_EQ(disarmed.fired, 0);
  EXPECT_EQ(wheel.next(), std::nullopt);
}

TEST(TimerWheel, AgreesWithAnOrderedMapOverRandomUse) {
  const std::uint64_t seed = 20261124;
  SCOPED_TRACE(seed);
  Prng random(seed);
  const MonoTime start{};
  TimerWheel wheel(start);
  std::vector<std::unique_ptr<Counting>> timers;
  std::map<std::size_t, MonoTime> expected;  // armed timers
  for (int i = 0; i < 300; ++i) timers.push_back(std::make_unique<Counting>());
  MonoTime now = start;
  for (int step = 0; step < 20000; ++step) {
    const std::size_t which = random.below(timers.size());
    const Duration spans[] = {50ms, 3s, 200s, 4h, 100h};
    const Duration span = Duration(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(spans[random.below(5)].count())))) + 1ns;
    switch (random.below(3)) {
      case 0:
        wheel.arm(*timers[which], now + span);
        expected[which] = now + span;
        break;
      case 1:
        timers[which]->disarm();
        expected.erase(which);
        break;
      default: {
        now += span / 8;
        if (const auto next = wheel.next())
          for (const auto& [_, due] : expected) ASSERT_LE(*next, due + TimerWheel::kTick);
        std::vector<int> before;
        for (const auto& t : timers) before.push_back(t->fired);
        wheel.advance(now);
        for (std::size_t i = 0; i < timers.size(); ++i) {
          const auto it = expected.find(i);
          const bool must = it != expected.end() && it->second + TimerWheel::kTick <= now;
          const bool may = it != expected.end() && it->second <= now;
          const bool did = timers[i]->fired != before[i];
          ASSERT_TRUE(!must || did) << "step " << step << " timer " << i << " is late";
          ASSERT_TRUE(!did || may) << "step " << step << " timer " << i << " is early";
          if (did) expected.erase(i);
        }
      }
    }
  }
}

}  // namespace
}  // namespace reeve::rt
