// SPDX-License-Identifier: Apache-2.0
// Several threads on the same counters: outcomes are exact however they interleave. For TSan too.
#include <gtest/gtest.h>

#include <thread>

#include "base/prng.h"
#include "limits/world_test_support.h"

namespace reeve::limits {
namespace {

using policy::QuotaPeriod;
using policy::SubjectPart;

constexpr int kThreads = 4;

template <class Each>
void in_threads(Each&& each) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([&each, i] { each(i); });
}

TEST(Threads, TakeExactlyWhatThereIs) {
  World world(
      {rate("posting", 500, 1h), quota("daily", 700, QuotaPeriod::Day), concurrency("parallel", 1000)});
  for (std::uint32_t caller = 0; caller < 4; ++caller) {
    std::atomic<int> passed{0};
    in_threads([&](int) {
      for (int i = 0; i < 400; ++i) passed += world.go(caller);
    });
    EXPECT_EQ(passed.load(), 500);
    EXPECT_EQ(world.standing(0, caller).left, 0u);
    EXPECT_EQ(world.standing(1, caller).left, 200u) << "refused requests consume nothing";
    EXPECT_EQ(world.standing(2, caller).left, 1000u);
  }
}

TEST(Threads, NeverHaveMoreOpenThanThereMayBe) {
  constexpr std::uint32_t kMost = 2;
  World world({concurrency("parallel", kMost)});
  std::atomic<std::uint32_t> inside{0}, most{0};
  in_threads([&](int) {
    for (int i = 0; i < 3000; ++i) {
      Taken taken;
      Charged charged;
      if (!world.go(taken, charged)) continue;
      const std::uint32_t now = inside.fetch_add(1) + 1;
      std::uint32_t seen = most.load();
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      inside.fetch_sub(1);
    }
  });
  EXPECT_LE(most.load(), kMost);
  EXPECT_EQ(world.standing().left, kMost);
}

TEST(Threads, WhatIsGivenBackIsThereAgain) {
  World world({concurrency("parallel", 3), rate("posting", 3, 1h), quota("daily", 3, QuotaPeriod::Day)});
  in_threads([&](int) {
    for (int i = 0; i < 2000; ++i) {
      Taken taken;
      Charged charged;
      if (world.go(taken, charged)) taken.give_back(world.now());
    }
  });
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(world.standing(i).left, 3u) << i;
}

TEST(Threads, OneSubjectNeverHasTwoCounters) {
  // All threads meet each new subject at once, in a table that is small enough to grow and crowd on the way.
  World world({rate("knocks", 5, 1h, SubjectPart::Ip)}, {.first_bits = 1, .chunks = 4});
  constexpr int kSubjects = 300;
  std::vector<std::atomic<int>> passed(kSubjects);
  std::atomic<int> arrived{0};
  in_threads([&](int) {
    for (int subject = 0; subject < kSubjects; ++subject) {
      arrived.fetch_add(1);
      while (arrived.load() < (subject + 1) * kThreads) std::this_thread::yield();
      const std::string address =
          "10.0." + std::to_string(subject / 200) + "." + std::to_string(subject % 200);
      for (int i = 0; i < 4; ++i)
        passed[static_cast<std::size_t>(subject)] += world.go(policy::kNone, address.c_str());
    }
  });
  ASSERT_EQ(world.table.stats(world.now()).crowded, 0u);
  for (int subject = 0; subject < kSubjects; ++subject)
    EXPECT_EQ(passed[static_cast<std::size_t>(subject)], 5) << subject;
}

TEST(Threads, EvictingNeverMixesCounters) {
  // Holds of many subjects in few cells: idle ones are taken over all the time, those in use never.
  World world({concurrency("parallel", 1, SubjectPart::Ip)}, {.first_bits = 2, .chunks = 1});
  constexpr std::size_t kSubjects = 16;
  std::vector<std::atomic<int>> inside(kSubjects);
  std::atomic<int> wrong{0};
  in_threads([&](int thread) {
    Prng prng(static_cast<std::uint64_t>(thread) + 1);
    for (int i = 0; i < 4000; ++i) {
      const std::size_t subject = prng.below(kSubjects);
      const std::string address = "10.0.0." + std::to_string(subject);
      Taken taken;
      Charged charged;
      if (!world.go(taken, charged, policy::kNone, address.c_str())) continue;
      if (inside[subject].fetch_add(1) != 0) ++wrong;
      inside[subject].fetch_sub(1);
    }
  });
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(world.table.stats(world.now()).live, 0u);
}

TEST(Threads, ReloadsAndCheckpointsWhileOthersCharge) {
  World world({rate("posting", 100'000, 1h), quota("daily", 100'000, QuotaPeriod::Day)});
  std::atomic<bool> end{false};
  std::jthread control([&] {
    policy::Snapshot changing;
    changing.zones = world.snapshot.zones;
    changing.limits = world.snapshot.limits;
    for (int i = 0; !end.load(); ++i) {
      changing.limits[0].interval = 1h + Duration(i % 5);
      changing.limits[1].period = i % 2 == 0 ? QuotaPeriod::Month : QuotaPeriod::Day;
      world.table.bind(changing, world.now());
      EXPECT_GT(world.table.checkpoint(world.now()).size(), 100u);
      world.table.stats(world.now());
    }
  });
  in_threads([&](int) {
    for (int i = 0; i < 2000; ++i) EXPECT_TRUE(world.go());
  });
  end = true;
  control.join();
  world.table.bind(world.snapshot, world.now());
  EXPECT_EQ(world.standing(0).left, 100'000u - 2000 * kThreads);
  EXPECT_EQ(world.standing(1).left, 100'000u - 2000 * kThreads);
}

}  // namespace
}  // namespace reeve::limits
