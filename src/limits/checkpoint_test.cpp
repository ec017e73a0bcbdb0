// SPDX-License-Identifier: Apache-2.0
// Counters survive a restart; a file that is not ours, or no longer whole, is told and changes nothing.
#include "limits/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/prng.h"
#include "limits/world_test_support.h"

namespace reeve::limits {
namespace {

using policy::QuotaPeriod;
using policy::SubjectPart;
using testing::HasSubstr;

std::vector<policy::Limit> three() {
  return {rate("posting", 10, 60s), quota("daily", 10, QuotaPeriod::Day), concurrency("parallel", 3)};
}

/// Another process, `later` by the wall, its monotonic clock begun anew.
struct Restarted : World {
  Restarted(const World& before, const std::string& bytes, Duration later, std::vector<policy::Limit> limits)
      : World({}) {
    // The table of World has met a configuration already (without limits), like no real one before restore().
    mono = 5s;
    wall = before.wall + later;
    restored = table.restore(bytes, now());
    reload(std::move(limits));
  }
  std::expected<std::size_t, std::string> restored;
};

TEST(Checkpoint, CountsSurviveARestart) {
  World world(three());
  Taken open;
  Charged charged;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(world.go(open, charged));
  ASSERT_TRUE(world.go(open, charged, 1));
  Restarted after(world, world.table.checkpoint(world.now()), 1s, three());
  EXPECT_EQ(after.restored, 4u);
  EXPECT_EQ(after.standing(0).left, 6u);
  EXPECT_EQ(after.standing(0).full_in, 239s) << "one second has passed";
  EXPECT_EQ(after.standing(1).left, 6u);
  EXPECT_EQ(after.standing(2).left, 3u) << "what was open has ended";
  EXPECT_EQ(after.standing(0, 1).left, 9u);
  EXPECT_EQ(after.drain(), 6);
}

TEST(Checkpoint, TimeThatPassedMeanwhileIsTakenOff) {
  World world(three());
  for (int i = 0; i < 4; ++i) world.go();
  const std::string bytes = world.table.checkpoint(world.now());
  EXPECT_EQ(Restarted(world, bytes, 61s, three()).standing(0).left, 7u);
  EXPECT_EQ(Restarted(world, bytes, 61s, three()).standing(1).left, 6u);
  Restarted tomorrow(world, bytes, 24h, three());
  EXPECT_EQ(tomorrow.restored, 0u);
  EXPECT_EQ(tomorrow.standing(0).left, 10u);
  EXPECT_EQ(tomorrow.standing(1).left, 10u);
  EXPECT_EQ(Restarted(world, bytes, -1h, three()).standing(0).full_in, 240s) << "a clock that was set back";
}

TEST(Checkpoint, LimitsMayHaveChangedMeanwhile) {
  World world(three());
  for (int i = 0; i < 4; ++i) world.go();
  const std::string bytes = world.table.checkpoint(world.now());
  Restarted after(world, bytes, 0s,
                  {quota("daily", 100, QuotaPeriod::Month), rate("posting", 5, 1s), rate("parallel", 2, 1s)});
  EXPECT_EQ(after.standing(0).left, 96u) << "found by name";
  EXPECT_EQ(after.standing(1).left, 1u);
  EXPECT_EQ(after.standing(2).left, 2u);
  Restarted other(world, bytes, 0s, {quota("posting", 9, QuotaPeriod::Day)});
  EXPECT_EQ(other.standing(0).left, 9u) << "another kind starts empty";
}

TEST(Checkpoint, ManyCountersAndCrowdsToo) {
  const Table::Size small{.first_bits = 3, .chunks = 2};
  World world({rate("knocks", 2, 1h, SubjectPart::Ip)}, small);
  const auto address = [](int i) { return "10." + std::to_string(i) + ".0.1"; };
  for (int i = 0; i < 250; ++i) world.drain(policy::kNone, address(i).c_str());
  ASSERT_EQ(world.go(policy::kNone, "10.0.0.1"), false);
  const std::size_t live = world.table.stats(world.now()).live;
  World after({}, small);
  after.mono = 3s;
  EXPECT_EQ(after.table.restore(world.table.checkpoint(world.now()), after.now()), live);
  EXPECT_EQ(after.table.stats(after.now()).live, live);
  after.reload({rate("knocks", 2, 1h, SubjectPart::Ip)});
  for (int i = 0; i < 250; ++i) EXPECT_EQ(after.drain(policy::kNone, address(i).c_str()), 0) << i;
  // Where there is less room, what fits is kept.
  World smaller({}, {.first_bits = 3, .chunks = 1});
  const auto kept = smaller.table.restore(world.table.checkpoint(world.now()), smaller.now());
  ASSERT_TRUE(kept);
  EXPECT_GE(*kept, 64u);
  EXPECT_LE(*kept, live);
}

TEST(Checkpoint, OnlyBeforeCountersAreInUse) {
  World world(three());
  EXPECT_FALSE(world.table.restore(world.table.checkpoint(world.now()), world.now()));
}

TEST(Checkpoint, EveryDamageIsToldAndChangesNothing) {
  World world(three());
  for (int i = 0; i < 4; ++i) world.go(static_cast<std::uint32_t>(i));
  const std::string bytes = world.table.checkpoint(world.now());
  World after({});
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(after.table.restore(bytes.substr(0, i), after.now())) << i;
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(after.table.restore(flipped, after.now())) << i;
  }
  EXPECT_FALSE(after.table.restore(bytes + "x", after.now()));
  EXPECT_EQ(after.table.stats(after.now()).live, 0u);
  EXPECT_EQ(after.table.restore(bytes, after.now()), 8u) << "still as new";
}

TEST(Checkpoint, SaysWhatIsWrong) {
  EXPECT_THAT(decode("").error(), HasSubstr("no checkpoint"));
  EXPECT_THAT(decode("{\"json\": true, \"or\": \"else\"}").error(), HasSubstr("no checkpoint"));
  std::string bytes = encode({});
  EXPECT_TRUE(decode(bytes));
  bytes[8] = 2;
  EXPECT_THAT(decode(bytes).error(), HasSubstr("format 2"));
  bytes = encode({});
  bytes[20] = 1;
  EXPECT_THAT(decode(bytes).error(), HasSubstr("damaged"));
  EXPECT_THAT(decode(bytes.substr(0, 30)).error(), HasSubstr("cut short"));
}

TEST(Checkpoint, NumbersThatCannotBeAreRefusedEvenWithARightSum) {
  const Checkpoint good{
      .limits = {{1, policy::LimitKind::Rate, "a", 1, 1}},
      .counters = {{tag::of(1, policy::LimitKind::Rate, 7), 5, Checkpoint::Where::Fine, 0, 0}}};
  ASSERT_TRUE(decode(encode(good)));
  const auto refused = [&](auto&& change) {
    Checkpoint bad = good;
    change(bad);
    return !decode(encode(bad));
  };
  EXPECT_TRUE(refused([](Checkpoint& c) { c.limits[0].id = 0; }));
  EXPECT_TRUE(refused([](Checkpoint& c) { c.limits[0].name = ""; }));
  EXPECT_TRUE(refused([](Checkpoint& c) { c.limits[0].name = std::string(129, 'a'); }));
  EXPECT_TRUE(refused([](Checkpoint& c) { c.limits[0].kind = static_cast<policy::LimitKind>(3); }));
  EXPECT_TRUE(refused([](Checkpoint& c) { c.limits.push_back(c.limits[0]); }));
  EXPECT_TRUE(refused([](Checkpoint& c) { c.limits.clear(); }));
  EXPECT_TRUE(refused([](Checkpoint& c) { c.counters[0].tag = 0; }));
  EXPECT_TRUE(refused([](Checkpoint& c) { c.counters[0].tag = tag::of(1, policy::LimitKind::Quota, 7); }));
  EXPECT_TRUE(refused([](Checkpoint& c) { c.counters[0].tag = tag::with_version(c.counters[0].tag, 3); }));
  EXPECT_TRUE(refused([](Checkpoint& c) { c.counters[0].state = ~std::uint64_t{0}; }));
  EXPECT_TRUE(refused([](Checkpoint& c) { c.counters[0].where = static_cast<Checkpoint::Where>(3); }));
  // Places that are none are left out, not believed.
  Checkpoint odd = good;
  odd.first_bits = 9;
  odd.counters[0].bucket = 0xffffffff;
  odd.counters[0].state = static_cast<std::uint64_t>(policy::kRateSpanMax.count());
  World after({});
  EXPECT_EQ(after.table.restore(encode(odd), after.now()), 0u);
}

}  // namespace
}  // namespace reeve::limits
