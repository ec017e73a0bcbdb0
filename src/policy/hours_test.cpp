// SPDX-License-Identifier: Apache-2.0
// Hours by their rules, and next_open against stepping minute by minute.
#include "policy/hours.h"

#include <gtest/gtest.h>

#include "base/prng.h"
#include "policy/zone_test_support.h"

namespace reeve::policy {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kTue = 2, kFri = 16, kSun = 64;

HoursWindow window(std::uint8_t days, int from, int to) {
  HoursWindow w;
  w.days = days;
  w.from = static_cast<std::uint16_t>(from);
  w.to = static_cast<std::uint16_t>(to);
  return w;
}
constexpr int hm(int hour, int minute = 0) {
  return hour * 60 + minute;
}

bool open(const HoursWindow& w, const Zone& zone, WallTime time) {
  return open_at({w}, {zone}, time);
}
std::string next(const HoursWindow& w, const Zone& zone, WallTime time) {
  const auto found = next_open({w}, {zone}, time);
  return found ? to_rfc3339(*found) : "never";
}

TEST(Zone, OffsetsHoldFromTheirTransitionOnAndTheNearestOutside) {
  const Zone zone = berlin();
  const std::int64_t change = zone.transitions[2].from;
  EXPECT_EQ(zone.offset_at(change - 1), 3600);
  EXPECT_EQ(zone.offset_at(change), 7200);
  EXPECT_EQ(zone.offset_at(0), 3600);
  EXPECT_EQ(zone.offset_at(std::int64_t{1} << 40), 3600);
  EXPECT_EQ(Zone{}.offset_at(0), 0);
}

TEST(LocalMinute, CountsOnTheWallClock) {
  const LocalMinute minute = local_minute(berlin(), utc_time(2026, 11, 24, 23, 30));
  EXPECT_EQ(minute.minute, 30u) << "it is Wednesday, half past midnight";
  EXPECT_EQ(minute.weekday(), 2u);
  const LocalMinute before = local_minute(Zone{}, WallTime{-1ns});
  EXPECT_EQ(before.day, -1);
  EXPECT_EQ(before.minute, 1439u);
  EXPECT_EQ(before.weekday(), 2u) << "31 December 1969 was a Wednesday";
}

TEST(FromLocal, IsTheFirstMomentThenOrLater) {
  const Zone zone = berlin();
  const auto moment = [&](unsigned month, unsigned day, int minute) {
    const auto days =
        std::chrono::sys_days{std::chrono::year{2026} / std::chrono::month{month} / std::chrono::day{day}}
            .time_since_epoch()
            .count();
    return from_local(zone, days, static_cast<std::uint32_t>(minute));
  };
  EXPECT_EQ(moment(11, 24, hm(8)), utc_time(2026, 11, 24, 7));
  EXPECT_EQ(moment(7, 1, hm(8)), utc_time(2026, 7, 1, 6));
  EXPECT_EQ(moment(3, 29, hm(2, 30)), utc_time(2026, 3, 29, 1)) << "skipped: three o'clock";
  EXPECT_EQ(moment(10, 25, hm(2, 30)), utc_time(2026, 10, 25, 0, 30)) << "repeated: the earlier";
}

TEST(Hours, ToIsExclusiveAndMayBeMidnight) {
  const Zone utc;
  const HoursWindow day = window(0x1f, hm(8), hm(18));
  EXPECT_FALSE(open(day, utc, utc_time(2026, 11, 24, 7, 59, 59)));
  EXPECT_TRUE(open(day, utc, utc_time(2026, 11, 24, 8)));
  EXPECT_TRUE(open(day, utc, utc_time(2026, 11, 24, 17, 59, 59) + 999'999'999ns));
  EXPECT_FALSE(open(day, utc, utc_time(2026, 11, 24, 18)));
  EXPECT_FALSE(open(day, utc, utc_time(2026, 11, 28, 12))) << "Saturday";
  const HoursWindow late = window(kTue, hm(20), hm(24));
  EXPECT_TRUE(open(late, utc, utc_time(2026, 11, 24, 23, 59, 59)));
  EXPECT_FALSE(open(late, utc, utc_time(2026, 11, 25)));
  EXPECT_TRUE(open_at({}, {}, utc_time(2026, 11, 25))) << "no windows: always";
}

TEST(Hours, FromBehindToCrossesMidnightAndBelongsToTheStartingDay) {
  const Zone utc;
  const HoursWindow night = window(kFri, hm(22), hm(6));
  EXPECT_FALSE(open(night, utc, utc_time(2026, 11, 27, 5))) << "Friday morning belongs to Thursday";
  EXPECT_TRUE(open(night, utc, utc_time(2026, 11, 27, 22)));
  EXPECT_TRUE(open(night, utc, utc_time(2026, 11, 28, 5, 59)));
  EXPECT_FALSE(open(night, utc, utc_time(2026, 11, 28, 6)));
  EXPECT_FALSE(open(night, utc, utc_time(2026, 11, 28, 22)));
  const HoursWindow sunday = window(kSun, hm(23), hm(1));
  EXPECT_TRUE(open(sunday, utc, utc_time(2026, 11, 30, 0, 30))) << "the week wraps";
}

TEST(Hours, AWindowInASkippedHourNeverOpensOneInARepeatedHourTwice) {
  const Zone zone = berlin();
  const HoursWindow early = window(kSun, hm(2), hm(3));
  int minutes = 0;
  for (int i = 0; i < 24 * 60; ++i) minutes += open(early, zone, utc_time(2026, 3, 28, 23) + i * 1min);
  EXPECT_EQ(minutes, 0);
  EXPECT_EQ(next(early, zone, utc_time(2026, 3, 28, 23)), "2026-04-05T00:00:00.000000Z");
  minutes = 0;
  for (int i = 0; i < 25 * 60; ++i) minutes += open(early, zone, utc_time(2026, 10, 24, 22) + i * 1min);
  EXPECT_EQ(minutes, 120);
  const HoursWindow quarter = window(kSun, hm(2), hm(2, 15));
  EXPECT_EQ(next(quarter, zone, utc_time(2026, 10, 25, 0, 15)), "2026-10-25T01:00:00.000000Z") << "again";
}

TEST(NextOpen, IsTheMomentItselfWhenOpen) {
  const WallTime now = utc_time(2026, 11, 24, 10) + 123'456'789ns;
  EXPECT_EQ(next_open({window(0x7f, hm(8), hm(18))}, {Zone{}}, now), now);
}

TEST(NextOpen, AsTheContractSaysIt) {
  // Saturday 19:40 in Berlin; open again Monday 08:00.
  EXPECT_EQ(next(window(0x1f, hm(8), hm(18)), berlin(), utc_time(2026, 11, 28, 18, 40)),
            "2026-11-30T07:00:00.000000Z");
}

TEST(NextOpen, TheClockMayJumpIntoAWindow) {
  EXPECT_EQ(next(window(kSun, hm(2, 30), hm(4)), berlin(), utc_time(2026, 3, 29, 0, 59)),
            "2026-03-29T01:00:00.000000Z")
      << "it is 03:00 then";
}

TEST(NextOpen, NeverWithoutADay) {
  EXPECT_EQ(next(window(0, 0, hm(24)), Zone{}, utc_time(2026, 1, 1)), "never");
}

TEST(NextOpen, AgreesWithSteppingMinuteByMinute) {
  const std::uint64_t seed = 4711;
  SCOPED_TRACE(seed);
  Prng prng(seed);
  const std::vector<Zone> zones{Zone{}, berlin(), half_hour_zone(), over_midnight_zone(), no_midnight_zone()};
  for (int round = 0; round < 400; ++round) {
    std::vector<HoursWindow> hours(1 + prng.below(3));
    for (HoursWindow& w : hours) {
      w = window(static_cast<std::uint8_t>(1 + prng.below(127)), static_cast<int>(prng.below(1440)),
                 static_cast<int>(1 + prng.below(1440)));
      if (prng.chance(1, 2)) w.days = static_cast<std::uint8_t>(1u << prng.below(7));
      if (prng.chance(1, 2))
        w.to = static_cast<std::uint16_t>(std::min(w.from + 1 + prng.below(90), std::uint64_t{1440}));
      if (w.from == w.to) w.to = static_cast<std::uint16_t>(w.from == 0 ? 1 : w.from - 1);
      w.zone = static_cast<std::uint32_t>(prng.below(zones.size()));
    }
    const bool march = prng.chance(1, 2);
    const WallTime base = march ? utc_time(2026, 3, 27) : utc_time(2026, 10, 23);
    const WallTime now = base + std::chrono::seconds(prng.below(4 * 86'400));
    WallTime step = now;
    if (!open_at(hours, zones, step)) step = std::chrono::ceil<std::chrono::minutes>(now);
    while (!open_at(hours, zones, step)) step += 1min;
    const auto found = next_open(hours, zones, now);
    ASSERT_TRUE(found);
    ASSERT_EQ(to_rfc3339(*found), to_rfc3339(step)) << "round " << round << " from " << to_rfc3339(now);
  }
}

}  // namespace
}  // namespace reeve::policy
