// SPDX-License-Identifier: Apache-2.0
// The counts that all reactors share, from several real threads at once, and their identity.
#include "upstream/shared.h"

#include <gtest/gtest.h>

#include <thread>

namespace reeve::upstream {
namespace {

using namespace std::chrono_literals;

TEST(Shared, OneIdentityIsOneTargetWhileAnybodyHasIt) {
  Shared shared;
  const auto posts = shared.target("posts", "http://a");
  EXPECT_EQ(shared.target("posts", "http://a"), posts);
  EXPECT_NE(shared.target("mail", "http://a"), posts);
  EXPECT_NE(shared.target("posts", "http://b"), posts);
  EXPECT_EQ(shared.list(MonoTime{}).size(), 1u) << "nobody has the others";
  shared.forget_gone();
  EXPECT_EQ(shared.target("posts", "http://a"), posts);
}

TEST(Shared, ThreadsNeverTakeMorePlacesThanThereAre) {
  constexpr std::uint32_t kMax = 3;
  constexpr int kRounds = 20'000;
  Shared shared;
  const auto target = shared.target("posts", "http://a");
  std::atomic<std::uint32_t> inside{0}, most{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        target->begin();
        if (target->take_place(kMax)) {
          const std::uint32_t now = inside.fetch_add(1) + 1;
          std::uint32_t seen = most.load();
          while (seen < now && !most.compare_exchange_weak(seen, now)) {
          }
          inside.fetch_sub(1);
          target->give_place();
        }
        target->end();
      }
    });
  threads.clear();
  EXPECT_LE(most.load(), kMax);
  EXPECT_EQ(target->connections(), 0u);
  EXPECT_EQ(target->in_flight(), 0u);
}

TEST(Shared, AChangeIsToldOnceHoweverManyThreadsFindIt) {
  std::atomic<int> told{0};
  Shared shared([&](std::string_view, std::string_view, bool, std::string_view) { ++told; });
  const auto target = shared.target("posts", "http://a");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { target->set_name(SharedTarget::Name::Unknown, "the name does not exist"); });
  threads.clear();
  EXPECT_EQ(told.load(), 1);
}

TEST(Shared, TheKeepAliveTimeIsToldSeenOrAMinute) {
  Shared shared;
  const auto target = shared.target("posts", "http://a");
  MonoTime now = MonoTime(1h);
  EXPECT_EQ(target->keep_alive(now), 60s);
  target->keep_alive_seen(8s, now);
  EXPECT_EQ(target->keep_alive(now), 8s);
  target->keep_alive_seen(20s, now);
  EXPECT_EQ(target->keep_alive(now), 8s) << "the shortest counts";
  target->keep_alive_seen(1ms, now);
  EXPECT_EQ(target->keep_alive(now), 1s) << "a restart, most likely";
  EXPECT_EQ(target->keep_alive(now + 6min), 60s) << "and forgotten";
  target->keep_alive_told(5s);
  EXPECT_EQ(target->keep_alive(now + 6min), 5s);
}

}  // namespace
}  // namespace reeve::upstream
