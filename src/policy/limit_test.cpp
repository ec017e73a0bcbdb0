// SPDX-License-Identifier: Apache-2.0
// The arithmetic of limits: rates against a bucket that is counted unit by unit, and calendar windows by
// their rules in a zone that changes its clocks.
#include "policy/limit.h"

#include <gtest/gtest.h>

#include "base/prng.h"
#include "policy/zone_test_support.h"

namespace reeve::policy {
namespace {

using namespace std::chrono_literals;

Limit rate(std::uint64_t burst, Duration interval) {
  Limit limit;
  limit.burst = burst;
  limit.interval = interval;
  return limit;
}
MonoTime at(Duration time) {
  return MonoTime{time};
}

/// Takes as many as there are at one instant.
std::uint64_t drain(const Limit& limit, Gcra& state, MonoTime now) {
  std::uint64_t count = 0;
  for (; view(limit, state, now).left > 0; ++count) state = taken(limit, state, now);
  return count;
}

TEST(Rate, AnIdleSubjectMayMakeExactlyBurstAtOneInstantThenOneEachInterval) {
  const Limit limit = rate(20, 600ms);
  Gcra state;
  EXPECT_EQ(view(limit, state, at(1h)).left, 20u);
  EXPECT_EQ(view(limit, state, at(1h)).until_full, 0ns);
  EXPECT_EQ(drain(limit, state, at(1h)), 20u);
  const RateView full = view(limit, state, at(1h));
  EXPECT_EQ(full.until_next, 600ms);
  EXPECT_EQ(full.until_full, 12s);
  EXPECT_EQ(drain(limit, state, at(1h + 600ms - 1ns)), 0u);
  EXPECT_EQ(view(limit, state, at(1h + 600ms - 1ns)).until_next, 1ns);
  for (int i = 1; i <= 50; ++i) EXPECT_EQ(drain(limit, state, at(1h + i * 600ms)), 1u) << i;
  EXPECT_EQ(drain(limit, state, at(2h)), 20u) << "idle again";
}

TEST(Rate, BurstOneIsOneEachInterval) {
  const Limit limit = rate(1, 1s);
  Gcra state;
  EXPECT_EQ(drain(limit, state, at(5s)), 1u);
  EXPECT_EQ(drain(limit, state, at(5999ms)), 0u);
  EXPECT_EQ(drain(limit, state, at(6s)), 1u);
}

/// A bucket as one would explain it: `burst` tokens, one returns each interval while some are missing.
struct Bucket {
  std::uint64_t used = 0;
  std::int64_t next_return = 0;
  void pass(std::int64_t now, const Limit& limit) {
    while (used > 0 && next_return <= now) {
      --used;
      next_return += limit.interval.count();
    }
  }
  void take(std::int64_t now, const Limit& limit) {
    if (used++ == 0) next_return = now + limit.interval.count();
  }
};

TEST(Rate, AgreesWithABucketOfTokens) {
  const std::uint64_t seed = 20'261'124;
  SCOPED_TRACE(seed);
  Prng prng(seed);
  for (int round = 0; round < 300; ++round) {
    const Limit limit = rate(1 + prng.below(12), Duration(1 + static_cast<std::int64_t>(prng.below(50))));
    Gcra state;
    Bucket bucket;
    std::int64_t now = 1000;
    for (int step = 0; step < 300; ++step) {
      now += static_cast<std::int64_t>(prng.below(prng.chance(1, 20) ? 700 : 60));
      bucket.pass(now, limit);
      const RateView seen = view(limit, state, at(Duration(now)));
      ASSERT_EQ(seen.left, limit.burst - bucket.used) << "burst " << limit.burst << " step " << step;
      ASSERT_EQ(has_room(limit, state, at(Duration(now))), seen.left > 0);
      if (seen.left == 0) ASSERT_EQ(seen.until_next.count(), bucket.next_return - now);
      if (bucket.used > 0) {
        const auto more = static_cast<std::int64_t>(bucket.used - 1) * limit.interval.count();
        ASSERT_EQ(seen.until_full.count(), bucket.next_return + more - now);
      }
      if (seen.left == 0) continue;
      state = taken(limit, state, at(Duration(now)));
      bucket.take(now, limit);
    }
  }
}

TEST(Rate, WhatIsGivenBackWasNeverTaken) {
  const Limit limit = rate(3, 1s);
  Gcra state;
  std::vector<Gcra> after;
  for (int i = 0; i < 3; ++i) after.push_back(state = taken(limit, state, at(10s)));
  state = given_back(limit, state, after[2], at(10s));
  EXPECT_EQ(view(limit, state, at(10s)).left, 1u);
  state = given_back(limit, state, after[0], at(10100ms));
  state = given_back(limit, state, after[1], at(10100ms));
  EXPECT_EQ(view(limit, state, at(10100ms)).left, 3u);
  EXPECT_EQ(view(limit, state, at(10100ms)).until_full, 0ns);
}

TEST(Rate, GivingBackNeverAdmitsMoreThanIfTheRequestHadNotCome) {
  const std::uint64_t seed = 815;
  SCOPED_TRACE(seed);
  Prng prng(seed);
  for (int round = 0; round < 3000; ++round) {
    const Limit limit = rate(1 + prng.below(5), Duration(10 + static_cast<std::int64_t>(prng.below(30))));
    const std::int64_t start = 1000;
    std::int64_t now = start;
    Gcra with = taken(limit, {}, at(Duration(now)));
    const Gcra after = with;
    Gcra without;
    bool others = false;
    for (std::uint64_t n = prng.below(6); n > 0; --n) {
      now += static_cast<std::int64_t>(prng.below(20));
      if (view(limit, with, at(Duration(now))).left == 0) continue;
      with = taken(limit, with, at(Duration(now)));
      without = taken(limit, without, at(Duration(now)));
      others = true;
    }
    now += static_cast<std::int64_t>(prng.below(20));
    const Gcra back = given_back(limit, with, after, at(Duration(now)));
    const auto full = [&](Gcra state) { return view(limit, state, at(Duration(now))).until_full; };
    ASSERT_GE(full(back), full(without));
    ASSERT_LE(full(back), full(with));
    if (!others || now == start) ASSERT_EQ(full(back), full(without));
  }
}

TEST(Rate, AChangedRateKeepsTheUnitsUsedAtMostTheNewBurst) {
  const Limit before = rate(20, 600ms);
  Gcra state;
  for (int i = 0; i < 15; ++i) state = taken(before, state, at(1h));
  const auto left = [&](const Limit& after, Duration later) {
    return view(after, carried(before, after, state, at(1h)), at(1h + later)).left;
  };
  EXPECT_EQ(left(rate(20, 600ms), 0s), 5u);
  EXPECT_EQ(left(rate(30, 600ms), 0s), 15u) << "raising helps at once";
  EXPECT_EQ(left(rate(20, 10s), 0s), 5u) << "15 are used, whatever a unit takes";
  EXPECT_EQ(left(rate(20, 10s), 10s), 6u);
  EXPECT_EQ(left(rate(5, 600ms), 0s), 0u);
  EXPECT_EQ(left(rate(5, 600ms), 600ms), 1u) << "five are used, not fifteen";
  EXPECT_EQ(carried(before, rate(5, 1s), state, at(2h)).full_at, 0) << "idle stays idle";
}

TEST(Rate, ExtremesStayDefinedAndNeverGiveMoreThanBurst) {
  const Duration year = 365 * 24h;
  const Limit huge = rate(1'000'000'000, year);
  EXPECT_EQ(rate_span(huge), kRateSpanMax);
  const MonoTime now = at(1000 * 24h);
  Gcra state;
  const std::uint64_t first = drain(huge, state, now);
  EXPECT_EQ(first, 73u) << "burst x interval is bounded";
  EXPECT_EQ(drain(huge, state, now + year), 1u);
  state = taken(huge, state, now + year);
  EXPECT_GT(view(huge, state, now).until_full, 0ns);

  for (const Limit& limit : {rate(1, Duration::max()), rate(~std::uint64_t{0}, Duration::max()),
                             rate(~std::uint64_t{0}, 1ns), rate(5, Duration{0})}) {
    Gcra gcra;
    EXPECT_GE(view(limit, gcra, now).left, 1u);
    gcra = taken(limit, gcra, now);
    EXPECT_LT(view(limit, gcra, now).left, limit.burst);
    EXPECT_GT(carried(limit, huge, gcra, now).full_at, 0);
    EXPECT_GE(carried(huge, limit, state, now).full_at, 0);
  }
}

TEST(QuotaWindow, PeriodsOfTheCalendarInUtc) {
  const Zone utc{.name = "UTC"};
  const WallTime now = utc_time(2026, 11, 24, 10, 20, 30);
  const auto expect = [&](QuotaPeriod period, WallTime start, WallTime end) {
    const Window window = quota_window(period, utc, now);
    EXPECT_EQ(to_rfc3339(window.start), to_rfc3339(start));
    EXPECT_EQ(to_rfc3339(window.end), to_rfc3339(end));
  };
  expect(QuotaPeriod::Hour, utc_time(2026, 11, 24, 10), utc_time(2026, 11, 24, 11));
  expect(QuotaPeriod::Day, utc_time(2026, 11, 24), utc_time(2026, 11, 25));
  expect(QuotaPeriod::Week, utc_time(2026, 11, 23), utc_time(2026, 11, 30));
  expect(QuotaPeriod::Month, utc_time(2026, 11, 1), utc_time(2026, 12, 1));
  EXPECT_EQ(quota_window(QuotaPeriod::Day, utc, utc_time(2026, 11, 25)).start, utc_time(2026, 11, 25))
      << "the end belongs to the next";
  EXPECT_EQ(quota_window(QuotaPeriod::Month, utc, utc_time(2028, 2, 29, 12)).end, utc_time(2028, 3, 1));
  EXPECT_EQ(quota_window(QuotaPeriod::Month, utc, utc_time(2026, 12, 31, 23)).end, utc_time(2027, 1, 1));
}

TEST(QuotaWindow, BerlinChangesItsClocks) {
  const Zone zone = berlin();
  // 29 March 2026 has 23 hours, 25 October 25.
  Window day = quota_window(QuotaPeriod::Day, zone, utc_time(2026, 3, 29, 12));
  EXPECT_EQ(day.start, utc_time(2026, 3, 28, 23));
  EXPECT_EQ(day.end - day.start, 23h);
  day = quota_window(QuotaPeriod::Day, zone, utc_time(2026, 10, 25, 12));
  EXPECT_EQ(day.start, utc_time(2026, 10, 24, 22));
  EXPECT_EQ(day.end - day.start, 25h);
  const Window week = quota_window(QuotaPeriod::Week, zone, utc_time(2026, 10, 25, 22, 59));
  EXPECT_EQ(week.start, utc_time(2026, 10, 18, 22));
  EXPECT_EQ(week.end, utc_time(2026, 10, 25, 23));
  const Window month = quota_window(QuotaPeriod::Month, zone, utc_time(2026, 10, 25));
  EXPECT_EQ(month.start, utc_time(2026, 9, 30, 22));
  EXPECT_EQ(month.end, utc_time(2026, 10, 31, 23));
  // 02:00 to 03:00 comes twice: two windows of an hour.
  const Window first = quota_window(QuotaPeriod::Hour, zone, utc_time(2026, 10, 25, 0, 30));
  const Window second = quota_window(QuotaPeriod::Hour, zone, utc_time(2026, 10, 25, 1, 30));
  EXPECT_EQ(first.end, second.start);
  EXPECT_EQ(second.end - second.start, 1h);
}

TEST(QuotaWindow, WindowsFollowEachOtherWithoutAGapInEveryZone) {
  // Clocks set by half an hour, set back over midnight, midnight skipped, and a minute behind it.
  for (const Zone& zone : {berlin(), half_hour_zone(), over_midnight_zone(), no_midnight_zone()}) {
    for (const QuotaPeriod period :
         {QuotaPeriod::Hour, QuotaPeriod::Day, QuotaPeriod::Week, QuotaPeriod::Month}) {
      WallTime now = utc_time(2026, 3, 20);
      const Window first = quota_window(period, zone, now);
      WallTime end = first.start;
      while (now < utc_time(2026, 4, 10)) {
        const Window window = quota_window(period, zone, now);
        ASSERT_LE(window.start, now) << zone.name << to_rfc3339(now);
        ASSERT_GT(window.end, now) << zone.name << to_rfc3339(now);
        if (window.start != end) ASSERT_EQ(quota_window(period, zone, window.start - 1ns).end, window.start);
        end = window.start;
        ASSERT_EQ(quota_window(period, zone, window.start).end, window.end);
        ASSERT_EQ(quota_window(period, zone, window.end - 1ns).start, window.start);
        now += 7min;
      }
    }
  }
}

}  // namespace
}  // namespace reeve::policy
