// SPDX-License-Identifier: Apache-2.0
// The simulator as a whole: a seed is a run, the healthy gateway keeps its promises, and every planted bug is
// found by the checker that is meant to find it. The long form of this is `reeve_simulate`.
#include "sim/simulation.h"

#include <gtest/gtest.h>

#include <set>

namespace reeve::sim {
namespace {

TEST(Simulation, TheSameSeedGivesTheSameRunAndAnotherOneAnother) {
  const Report once = simulate({.seed = 3, .requests = 300});
  const Report again = simulate({.seed = 3, .requests = 300});
  const Report other = simulate({.seed = 4, .requests = 300});
  EXPECT_EQ(once.hash, again.hash);
  EXPECT_EQ(once.events, again.events);
  EXPECT_NE(once.hash, other.hash);
}

TEST(Simulation, TheGatewayKeepsItsPromises) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Report report = simulate({.seed = seed, .requests = 1000});
    ASSERT_FALSE(report.violation) << "seed " << seed << ": " << report.violation->text << "\n"
                                   << report.last_events;
    EXPECT_GE(report.requests, 900u);
    EXPECT_GE(report.connections, 50u);
    EXPECT_GE(report.generations, 2u);
    EXPECT_GT(report.whole_answers, report.requests / 4);
  }
}

struct Planted {
  Plant plant;
  std::set<Promise> promises;  ///< any of which may be seen broken first
};

class PlantedBug : public testing::TestWithParam<Planted> {};

TEST_P(PlantedBug, IsFound) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Report report = simulate({.seed = seed, .requests = 1000, .plant = GetParam().plant});
    if (!report.violation) continue;
    EXPECT_TRUE(GetParam().promises.contains(report.violation->promise)) << report.violation->text;
    return;
  }
  FAIL() << describe(GetParam().plant) << ": not found within 40 seeds";
}

using enum Promise;
INSTANTIATE_TEST_SUITE_P(
    All, PlantedBug,
    testing::Values(Planted{Plant::LostByte, {NothingMixed, NoFalseEnd, Framing, Liveness}},
                    Planted{Plant::AnsweredTwice, {Framing, OneOutcome, NothingMixed}},
                    Planted{Plant::SentAgain, {NotTwice}}, Planted{Plant::MixedGenerations, {OneGeneration}},
                    // Cut within a chunk, the false end is five foreign bytes of content.
                    Planted{Plant::CutMadeWhole, {NoFalseEnd, NothingMixed}},
                    Planted{Plant::LeakedStream, {NothingLeft}}, Planted{Plant::LostRecord, {OneOutcome}},
                    Planted{Plant::ReadAhead, {Bounded}}, Planted{Plant::OpenedByReload, {Access}},
                    Planted{Plant::CountersForgotten, {Limits}},
                    Planted{Plant::ChargedForNothing, {RefusedIsFree}},
                    Planted{Plant::HeldForEver, {RefusedIsFree, NothingLeft}}));

}  // namespace
}  // namespace reeve::sim
