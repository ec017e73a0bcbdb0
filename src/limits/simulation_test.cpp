// SPDX-License-Identifier: Apache-2.0
// The Table against a simulation that keeps every admitted request in a list and counts anew each time:
// several limits of all kinds, subjects, giving back, reloads that change numbers, a table that has to evict.
// One thread; time is a number.
#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"
#include "limits/world_test_support.h"

namespace reeve::limits {
namespace {

using policy::LimitKind;
using policy::QuotaPeriod;

/// What was admitted and not given back, by limit and caller.
struct Naive {
  struct Request {
    std::int64_t mono;
    std::int64_t wall;
    bool open;
  };
  using Log = std::map<int, Request>;  // by number
  std::map<std::pair<std::size_t, std::uint32_t>, Log> logs;

  std::uint64_t used(const policy::Limit& limit, std::size_t index, std::uint32_t caller, Now now) {
    const Log& log = logs[{index, caller}];
    std::uint64_t count = 0;
    if (limit.kind == LimitKind::Concurrency) {
      for (const auto& [_, request] : log) count += request.open;
      return count;
    }
    if (limit.kind == LimitKind::Quota) {
      const policy::Window window = policy::quota_window(limit.period, {}, now.wall);
      for (const auto& [_, request] : log) count += WallTime{Duration{request.wall}} >= window.start;
      return count;
    }
    // A bucket: units return one an interval while some are out.
    std::int64_t returns_at = 0;
    const auto pass = [&](std::int64_t until) {
      for (; count > 0 && returns_at <= until; returns_at += limit.interval.count()) --count;
    };
    for (const auto& [_, request] : log) {
      pass(request.mono);
      if (count++ == 0) returns_at = request.mono + limit.interval.count();
    }
    pass(now.mono.time_since_epoch().count());
    return count;
  }
  static std::uint64_t most(const policy::Limit& limit) {
    switch (limit.kind) {
      case LimitKind::Rate:
        return limit.burst;
      case LimitKind::Quota:
        return limit.amount;
      case LimitKind::Concurrency:
        return limit.most;
    }
    return 0;
  }
};

struct Open {
  Taken taken;
  std::uint32_t caller;
  int number;
  bool alone;  ///< nobody else has taken since, so that giving back is exact
};

void simulate(std::uint64_t seed, Table::Size size) {
  SCOPED_TRACE(seed);
  Prng prng(seed);
  std::vector<policy::Limit> limits{concurrency("parallel", 3), rate("fast", 6, 50ms), rate("slow", 2, 700ms),
                                    quota("hourly", 40, QuotaPeriod::Hour)};
  World world(limits, size);
  Naive naive;
  std::vector<Open> open;
  int number = 0;
  for (int step = 0; step < 3000; ++step) {
    const std::uint64_t what = prng.below(100);
    if (what < 55) {
      const auto caller = static_cast<std::uint32_t>(prng.below(4));
      Open request{.taken = {}, .caller = caller, .number = ++number, .alone = true};
      Charged charged;
      const bool passed = world.go(request.taken, charged, caller);
      bool room = true;
      for (std::size_t i = 0; i < limits.size(); ++i) {
        const policy::Limit& limit = world.snapshot.limits[i];
        const std::uint64_t used = naive.used(limit, i, caller, world.now());
        const bool fits = used < Naive::most(limit);
        room &= fits;
        ASSERT_EQ(charged.standings[i].exhausted, !fits) << limit.name << " step " << step;
        const std::uint64_t left = fits ? Naive::most(limit) - used - (passed ? 1 : 0) : 0;
        ASSERT_EQ(charged.standings[i].left, left) << limit.name << " step " << step;
      }
      ASSERT_EQ(passed, room);
      if (!passed) continue;
      for (std::size_t i = 0; i < limits.size(); ++i)
        naive.logs[{i, caller}][number] = {world.mono.count(), world.wall.count(), true};
      for (Open& other : open)
        if (other.caller == caller) other.alone = false;
      open.push_back(std::move(request));
    } else if (what < 80) {
      world.pass(Duration(1000 * static_cast<std::int64_t>(prng.below(what < 78 ? 100'000 : 3'000'000'000))));
    } else if (!open.empty()) {
      Open& request = open[prng.below(open.size())];
      if (what < 90 || !request.alone) {
        request.taken.release();
        for (std::size_t i = 0; i < limits.size(); ++i) {
          auto& log = naive.logs[{i, request.caller}];
          log[request.number].open = false;
        }
      } else {
        request.taken.give_back(world.now());
        for (std::size_t i = 0; i < limits.size(); ++i) naive.logs[{i, request.caller}].erase(request.number);
      }
      std::swap(request, open.back());
      open.pop_back();
    }
    if (prng.chance(1, 100)) {
      // Counts stay, whatever the new numbers are.
      limits[0].most = static_cast<std::uint32_t>(1 + prng.below(5));
      limits[3].amount = 20 + prng.below(40);
      world.reload(limits);
    }
  }
  open.clear();
  EXPECT_EQ(world.standing(0, 1).left, limits[0].most);
}

TEST(Simulation, AgreesWithCountingEveryRequest) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    simulate(seed, {});
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Simulation, AlsoWhereCountersAreEvictedAllTheTime) {
  for (std::uint64_t seed = 100; seed <= 112; ++seed) {
    simulate(seed, {.first_bits = 2, .chunks = 1});
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace reeve::limits
