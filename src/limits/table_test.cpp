// SPDX-License-Identifier: Apache-2.0
// The counters' rules, each by itself (contract, 2, Limits; rules, 2 and 4), on one thread.
#include "limits/table.h"

#include <gtest/gtest.h>

#include "base/prng.h"
#include "limits/world_test_support.h"

namespace reeve::limits {
namespace {

using policy::QuotaPeriod;
using policy::SubjectPart;

TEST(Table, AnIdleSubjectMayMakeExactlyBurstRequestsAtOneInstant) {
  World world({rate("posting", 20, 600ms)});
  EXPECT_EQ(world.drain(), 20);
  EXPECT_EQ(world.drain(1), 20) << "each subject by itself";
  world.pass(599'999'999ns);
  EXPECT_EQ(world.drain(), 0);
  world.pass(1ns);
  EXPECT_EQ(world.drain(), 1);
  world.pass(1h);
  EXPECT_EQ(world.drain(), 20);
}

TEST(Table, TellsWhatIsLeftAfterTakingAndUntilWhen) {
  World world({rate("posting", 20, 600ms), quota("daily", 100, QuotaPeriod::Day)});
  Taken taken;
  Charged charged;
  ASSERT_TRUE(world.go(taken, charged));
  ASSERT_EQ(charged.standings.size(), 2u);
  EXPECT_EQ(charged.standings[0].left, 19u);
  EXPECT_EQ(charged.standings[0].full_in, 600ms);
  EXPECT_EQ(whole_seconds(charged.standings[0].full_in), 1);
  EXPECT_EQ(charged.standings[1].left, 99u);
  EXPECT_EQ(charged.standings[1].full_in, 14h);
  EXPECT_EQ(charged.standings[1].resets_at, WallTime{std::chrono::days(20'001)});
  EXPECT_FALSE(charged.refused);
}

TEST(Table, EveryExhaustedLimitIsToldAndARefusedRequestConsumesNothing) {
  World world({concurrency("parallel", 1), rate("slow", 1, 10s), rate("fast", 100, 1s),
               quota("hourly", 1, QuotaPeriod::Hour)});
  Taken first;
  Charged charged;
  ASSERT_TRUE(world.go(first, charged));
  Taken second;
  EXPECT_FALSE(world.go(second, charged));
  EXPECT_TRUE(second.empty());
  ASSERT_EQ(charged.standings.size(), 4u);
  EXPECT_TRUE(charged.refused);
  EXPECT_TRUE(charged.standings[0].exhausted);
  EXPECT_EQ(charged.standings[0].helps_in, 1s) << "concurrency says 1";
  EXPECT_TRUE(charged.standings[1].exhausted);
  EXPECT_EQ(charged.standings[1].helps_in, 10s);
  EXPECT_EQ(charged.standings[1].resets_at, WallTime{world.wall + 10s});
  EXPECT_FALSE(charged.standings[2].exhausted);
  EXPECT_EQ(charged.standings[2].left, 99u) << "not taken for the refused one";
  EXPECT_TRUE(charged.standings[3].exhausted);
  EXPECT_EQ(charged.standings[3].resets_at, WallTime{std::chrono::days(20'000) + 11h});
  EXPECT_EQ(charged.wait(), 1h);
  for (int i = 0; i < 200; ++i) EXPECT_FALSE(world.go());
  EXPECT_EQ(world.standing(2).left, 99u);
}

TEST(Table, ConcurrencyIsHeldUntilTheRequestEnds) {
  World world({concurrency("parallel", 2)});
  Charged charged;
  {
    Taken a, b, c;
    EXPECT_TRUE(world.go(a, charged));
    EXPECT_EQ(charged.standings[0].left, 1u);
    EXPECT_TRUE(world.go(b, charged));
    EXPECT_FALSE(world.go(c, charged));
    Taken moved = std::move(a);
    EXPECT_TRUE(a.empty());
    EXPECT_FALSE(world.go(c, charged)) << "moving ends nothing";
    moved.release();
    moved.release();
    EXPECT_TRUE(world.go(c, charged));
    c = std::move(b);
    EXPECT_EQ(world.standing().left, 1u) << "what was overwritten has ended";
  }
  EXPECT_EQ(world.standing().left, 2u);
}

TEST(Table, WhatIsGivenBackWasNeverTaken) {
  World world({concurrency("parallel", 1), rate("posting", 5, 1s), quota("daily", 7, QuotaPeriod::Day)});
  for (int i = 0; i < 50; ++i) {
    Taken taken;
    Charged charged;
    ASSERT_TRUE(world.go(taken, charged)) << i;
    world.pass(1ms);
    taken.give_back(world.now());
  }
  EXPECT_EQ(world.standing(0).left, 1u);
  EXPECT_EQ(world.standing(1).left, 5u);
  EXPECT_EQ(world.standing(2).left, 7u);
  EXPECT_EQ(world.drain(), 5) << "concurrency ends with each";
}

TEST(Table, GivingBackLateGivesNothingThatCameBackByItself) {
  World world({rate("posting", 1, 1s), quota("hourly", 2, QuotaPeriod::Hour)});
  Taken early, later;
  Charged charged;
  ASSERT_TRUE(world.go(early, charged));
  world.pass(1h);
  ASSERT_TRUE(world.go(later, charged));
  early.give_back(world.now());
  EXPECT_FALSE(world.go()) << "the unit in use is the later request's";
  EXPECT_EQ(world.standing(1).left, 1u) << "another window";
}

TEST(Table, ADryRunCountsTellsAndNeverRefuses) {
  std::vector<policy::Limit> limits{rate("posting", 2, 1s), rate("other", 100, 1s)};
  limits[0].dry_run = true;
  World world(limits);
  Taken taken;
  Charged charged;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(world.go(taken, charged));
    EXPECT_FALSE(charged.standings[0].exhausted);
  }
  EXPECT_TRUE(world.go(taken, charged));
  EXPECT_TRUE(charged.standings[0].exhausted);
  EXPECT_TRUE(charged.standings[0].dry_run);
  EXPECT_FALSE(charged.refused);
  EXPECT_EQ(charged.wait(), 0ns);
  EXPECT_EQ(charged.standings[1].left, 97u);
  world.pass(1s);
  EXPECT_TRUE(world.go(taken, charged));
  EXPECT_FALSE(charged.standings[0].exhausted) << "it counted as if it refused";
}

TEST(Table, QuotasBeginAnewWithTheCalendar) {
  World world({quota("hourly", 3, QuotaPeriod::Hour)});
  world.pass(59min);
  EXPECT_EQ(world.drain(), 3);
  EXPECT_EQ(whole_seconds(world.standing().helps_in), 60);
  world.pass(60s - 1ns);
  EXPECT_EQ(world.drain(), 0);
  EXPECT_EQ(whole_seconds(world.standing().helps_in), 1) << "rounded up";
  world.pass(1ns);
  EXPECT_EQ(world.drain(), 3);
}

TEST(Table, RatesGoByMonotonicTimeQuotasByTheWall) {
  World world({rate("posting", 1, 1min)});
  EXPECT_EQ(world.drain(), 1);
  world.wall += 24h;
  EXPECT_EQ(world.drain(), 0);
  World other({quota("hourly", 1, QuotaPeriod::Hour)});
  EXPECT_EQ(other.drain(), 1);
  other.mono += 24h;
  EXPECT_EQ(other.drain(), 0);
}

TEST(Table, AClockSetIntoAnotherWindowStartsANewOne) {
  World world({quota("hourly", 2, QuotaPeriod::Hour)});
  EXPECT_EQ(world.drain(), 2);
  world.wall -= 2h;
  EXPECT_EQ(world.drain(), 2);
  world.wall += std::chrono::days(3000);
  EXPECT_EQ(world.drain(), 2);
  world.wall -= std::chrono::days(3000);
  EXPECT_EQ(world.table.stats(world.now()).live, 0u) << "what was counted in the far future is free to take";
  EXPECT_EQ(world.drain(), 2);
}

TEST(Table, AClockSetBackALittleDoesNotOpenTheWindowBeforeAgain) {
  World world({quota("hourly", 2, QuotaPeriod::Hour)});
  world.pass(59min);
  EXPECT_EQ(world.drain(), 2);
  world.pass(1min);
  EXPECT_TRUE(world.go());
  world.wall -= 1s;
  EXPECT_EQ(world.standing().left, 1u);
  EXPECT_EQ(whole_seconds(world.standing().full_in), 3601);
  EXPECT_EQ(world.drain(), 1) << "what the window that has begun has left";
  EXPECT_EQ(whole_seconds(world.standing().helps_in), 3601);
  Taken taken;
  Charged charged;
  world.wall += 1s;
  EXPECT_EQ(world.drain(), 0);
  world.pass(1h);
  EXPECT_TRUE(world.go(taken, charged));
  world.wall -= 1s;
  taken.give_back(world.now());
  EXPECT_EQ(world.drain(), 2);
}

TEST(Table, AMonthThatHasBegunIsNotForgottenWhileTheClockIsBackInTheOneBefore) {
  World world({quota("monthly", 2, QuotaPeriod::Month)});
  world.wall = std::chrono::days(20'089) + 10h;  // 1 January 2025
  EXPECT_EQ(world.drain(), 2);
  world.wall -= std::chrono::days(30);
  EXPECT_EQ(world.table.stats(world.now()).live, 1u) << "nobody else may take its place";
  EXPECT_EQ(world.drain(), 0);
}

TEST(Knocking, CountsRefusedRequestsOfAnAddressUntilItIsExhausted) {
  std::vector<policy::Limit> limits{rate("knocking", 3, 1s, SubjectPart::Ip)};
  limits[0].on_refused = true;
  World world(limits);
  world.snapshot.global_limits = {{0, {}}};
  world.snapshot.routes[0].limits = {{0, {}}};
  const policy::Facts facts = world.facts();
  const auto knock = [&](std::uint32_t route = policy::kNone) {
    return world.table.knocking(world.binding, world.snapshot, facts, route, world.now().mono);
  };
  const auto refused = [&](std::uint32_t route = policy::kNone) {
    world.table.count_refused(world.binding, world.snapshot, facts, route, world.now().mono);
  };
  for (int i = 0; i < 100; ++i) EXPECT_EQ(knock().limit, policy::kNone) << "looking counts nothing";
  refused();
  refused(0);
  EXPECT_EQ(knock(0).limit, policy::kNone) << "applied twice, counted once";
  refused(0);
  const Knock now = knock();
  EXPECT_EQ(now.limit, 0u);
  EXPECT_EQ(now.standing.helps_in, 1s);
  refused();
  EXPECT_EQ(knock().standing.helps_in, 1s) << "exhausted: counts no further";
  EXPECT_TRUE(world.go()) << "no charge of its own";
  world.pass(1s);
  EXPECT_EQ(knock().limit, policy::kNone);
  EXPECT_EQ(world.table.knocking(world.binding, world.snapshot, world.facts("192.0.2.2"), 0, world.now().mono)
                .limit,
            policy::kNone);
}

TEST(Knocking, WithoutARouteOnlyGlobalLimitsCount) {
  std::vector<policy::Limit> limits{rate("knocking", 1, 1s, SubjectPart::Ip)};
  limits[0].on_refused = true;
  World world(limits);
  world.snapshot.routes[0].limits = {{0, {}}};
  const policy::Facts facts = world.facts();
  const auto count = [&](std::uint32_t route) {
    world.table.count_refused(world.binding, world.snapshot, facts, route, world.now().mono);
  };
  const auto limit = [&](std::uint32_t route) {
    return world.table.knocking(world.binding, world.snapshot, facts, route, world.now().mono);
  };
  count(policy::kNone);
  EXPECT_EQ(limit(0).limit, policy::kNone);
  count(0);
  EXPECT_EQ(limit(0).limit, 0u);
  EXPECT_EQ(limit(policy::kNone).limit, policy::kNone);
  world.snapshot.limits[0].dry_run = true;
  EXPECT_EQ(limit(0).limit, policy::kNone);
  EXPECT_EQ(limit(0).would_refuse, 0u);
}

TEST(Reload, AChangedRateKeepsTheUnitsUsedAndRaisingHelpsAtOnce) {
  World world({rate("posting", 20, 600ms)});
  for (int i = 0; i < 15; ++i) world.go();
  world.reload({rate("posting", 30, 600ms)});
  EXPECT_EQ(world.standing().left, 15u);
  world.reload({rate("posting", 30, 1h)});
  EXPECT_EQ(world.standing().left, 15u);
  world.reload({rate("posting", 5, 1s)});
  EXPECT_EQ(world.standing().left, 0u);
  world.pass(1s);
  EXPECT_EQ(world.standing().left, 1u) << "five were used, not fifteen";
  // The numbers of versions come round.
  for (int i = 0; i < 10; ++i) world.reload({rate("posting", 5, 1s + i * 1ms)});
  EXPECT_EQ(world.drain(), 1);
}

TEST(Reload, TheChangeCountsFromItsMomentForWhoComesLater) {
  World world({rate("posting", 10, 1s)});
  EXPECT_EQ(world.drain(), 10);
  world.reload({rate("posting", 10, 2s)});
  world.pass(4s);
  EXPECT_EQ(world.drain(), 2);
}

TEST(Reload, AChangedQuotaKeepsItsCount) {
  World world({quota("q", 10, QuotaPeriod::Hour)});
  for (int i = 0; i < 6; ++i) world.go();
  world.reload({quota("q", 8, QuotaPeriod::Hour)});
  EXPECT_EQ(world.standing().left, 2u);
  world.reload({quota("q", 8, QuotaPeriod::Month)});
  EXPECT_EQ(world.standing().left, 2u);
  world.pass(2h);
  EXPECT_EQ(world.standing().left, 2u) << "the month's now";
  world.reload({quota("q", 4, QuotaPeriod::Month)});
  EXPECT_EQ(world.standing().left, 0u);
  world.pass(std::chrono::days(40));
  world.reload({quota("q", 4, QuotaPeriod::Day)});
  EXPECT_EQ(world.standing().left, 4u) << "that window had ended";
}

TEST(Reload, AChangedKindStartsEmptyAndAnUntouchedLimitGoesOn) {
  World world({rate("a", 10, 1h), concurrency("b", 2)});
  Taken open;
  Charged charged;
  ASSERT_TRUE(world.go(open, charged));
  world.reload({concurrency("b", 2), quota("a", 10, QuotaPeriod::Day)});
  EXPECT_EQ(world.standing(0).left, 1u) << "found by its name";
  EXPECT_EQ(world.standing(1).left, 10u);
  world.reload({rate("a", 10, 1h), rate("b", 5, 1s)});
  EXPECT_EQ(world.standing(0).left, 9u) << "counters outlive reloads";
  open.release();
  EXPECT_EQ(world.standing(1).left, 5u) << "what was open is not the rate's";
  world.reload({concurrency("b", 2)});
  EXPECT_EQ(world.standing(0).left, 2u);
}

TEST(Reload, ARequestOfAnOlderGenerationIsJudgedByTheNewLimit) {
  World world({rate("posting", 2, 1h)});
  const Binding old = world.binding;
  world.reload({rate("posting", 5, 1h)});
  world.binding = old;
  EXPECT_EQ(world.drain(), 5);
}

TEST(Reload, NumbersOfForgottenLimitsAreUsedAgain) {
  World world({});
  std::vector<policy::Limit> limits(Table::kLimitsMost, rate("", 2, 1h));
  for (int generation = 0; generation < 5; ++generation) {
    for (std::size_t i = 0; i < limits.size(); ++i)
      limits[i].name = std::to_string(generation) + "-" + std::to_string(i);
    world.snapshot.limits = limits;
    world.binding = world.table.bind(world.snapshot, world.now());
    for (const std::uint32_t limit : {0u, 1u, 16'383u}) {
      policy::Decision decision;
      decision.caller = 0;
      decision.charges.push_back({limit, policy::Charge::From::Route, 0});
      const policy::Facts facts = world.facts();
      int passed = 0;
      Taken taken;
      Charged charged;
      while (world.table.charge(world.binding, world.snapshot, facts, decision, world.now().mono, taken,
                                charged))
        ++passed;
      EXPECT_EQ(passed, 2) << generation << " " << limit;
    }
  }
}

TEST(Crowded, NewcomersShareACoarseCounterAndAreStillLimited) {
  // One bucket of eight: the ninth address has no room.
  World world({rate("knocks", 3, 1h, SubjectPart::Ip)}, {.first_bits = 1, .chunks = 1});
  int own = 0;
  std::vector<std::string> crowd;
  for (int i = 0; i < 60; ++i) {
    const std::string address = "198.51.100." + std::to_string(i);
    const std::uint64_t before = world.table.stats(world.now()).crowded;
    const int passed = world.drain(policy::kNone, address.c_str());
    if (world.table.stats(world.now()).crowded == before && passed == 3) {
      ++own;
    } else {
      crowd.push_back(address);
      EXPECT_LE(passed, 3);
      EXPECT_EQ(passed, crowd.size() == 1 ? 3 : 0) << "one counter for 198.51";
    }
  }
  EXPECT_EQ(own, 16) << "two buckets of eight";
  // Far from the crowd there is another coarse counter.
  EXPECT_EQ(world.drain(policy::kNone, "203.0.113.1"), 3);
  EXPECT_EQ(world.drain(policy::kNone, "2001:db8::1"), 3);
  EXPECT_EQ(world.drain(policy::kNone, "2001:db8:1::1"), 0) << "by /32";
  EXPECT_GT(world.table.stats(world.now()).crowded, 0u);
  const Table::Stats stats = world.table.stats(world.now());
  EXPECT_EQ(stats.most, 16u);
  EXPECT_EQ(stats.live, 16u + 3u);
  // Idle counters are free to take.
  world.pass(24h);
  EXPECT_EQ(world.table.stats(world.now()).live, 0u);
  EXPECT_EQ(world.drain(policy::kNone, crowd[0].c_str()), 3);
  EXPECT_EQ(world.drain(policy::kNone, crowd[1].c_str()), 3);
}

TEST(Crowded, CallersWithoutRoomShareOneCounterOfTheLimitAndHoldsAreNeverTakenOver) {
  World world({concurrency("parallel", 2)}, {.first_bits = 1, .chunks = 1});
  world.snapshot.callers.resize(200);
  for (std::size_t i = 0; i < 200; ++i) world.snapshot.callers[i].name = "c" + std::to_string(i);
  std::vector<Taken> open;
  Charged charged;
  for (std::uint32_t i = 0; i < 200; ++i) {
    Taken taken;
    if (world.go(taken, charged, i)) open.push_back(std::move(taken));
  }
  EXPECT_EQ(open.size(), 16u + 2u);
  EXPECT_EQ(world.table.stats(world.now()).live, 16u + 1u);
  open.clear();
  EXPECT_EQ(world.table.stats(world.now()).live, 0u);
}

TEST(Growth, ManySubjectsAreEachCountedByThemselves) {
  World world({rate("knocks", 2, 1h, SubjectPart::Ip)}, {.first_bits = 2, .chunks = 5});
  EXPECT_LE(world.table.stats(world.now()).reserved, 32u) << "memory comes with use";
  const int count = 2000;
  const auto address = [](int i) {
    return "10." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) + "." +
           std::to_string(i % 256);
  };
  for (int i = 0; i < count; ++i) ASSERT_EQ(world.drain(policy::kNone, address(i).c_str()), 2) << i;
  for (int i = 0; i < count; ++i) ASSERT_EQ(world.drain(policy::kNone, address(i).c_str()), 0) << i;
  const Table::Stats stats = world.table.stats(world.now());
  EXPECT_EQ(stats.live, static_cast<std::size_t>(count));
  EXPECT_EQ(stats.crowded, 0u);
  world.reload({rate("knocks", 3, 1h, SubjectPart::Ip)});
  for (int i = 0; i < count; ++i) ASSERT_EQ(world.drain(policy::kNone, address(i).c_str()), 1) << i;
}

TEST(Table, ManyLimitsOnOneRequest) {
  std::vector<policy::Limit> limits;
  for (int i = 0; i < 40; ++i) limits.push_back(concurrency("c" + std::to_string(i), 3));
  World world(limits);
  {
    Taken a, b;
    Charged charged;
    EXPECT_TRUE(world.go(a, charged));
    EXPECT_TRUE(world.go(b, charged));
    Taken c = std::move(a);
    for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(world.standing(i).left, 1u) << i;
  }
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(world.standing(i).left, 3u) << i;
}

TEST(Table, SmallEnoughToLieInARequest) {
  EXPECT_LE(sizeof(Taken), 448u);
}

}  // namespace
}  // namespace reeve::limits
