// SPDX-License-Identifier: Apache-2.0
// The reactor: mail, timers, foreign descriptors, its end.
#include "net/reactor.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <thread>

#include "net/socket_test_support.h"
#include "rt/wait.h"

namespace reeve::net {
namespace {

using namespace test;

TEST(Reactor, RunsMailOfManyThreadsEachInItsOrder) {
  constexpr int kThreads = 4, kEach = 2000;
  Reactor reactor;
  std::array<std::vector<int>, kThreads> got;
  int total = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        reactor.post([&, t, i] {
          got[static_cast<std::size_t>(t)].push_back(i);
          if (++total == kThreads * kEach) reactor.stop();
        });
      }
    });
  }
  reactor.run();
  for (std::thread& thread : threads) thread.join();
  for (const auto& numbers : got) {
    ASSERT_EQ(numbers.size(), static_cast<std::size_t>(kEach));
    EXPECT_TRUE(std::ranges::is_sorted(numbers));
  }
}

TEST(Reactor, MailPostedByMailRunsInTheNextTurn) {
  Reactor reactor;
  int turn_of_second = 0, turns = 0;
  reactor.post([&] { reactor.post([&] { turn_of_second = turns; }); });
  for (turns = 1; turns <= 3; ++turns) reactor.turn(Duration(0));
  EXPECT_EQ(turn_of_second, 2);
}

TEST(Reactor, StopsFromAnotherThreadWhileItSleeps) {
  Reactor reactor;
  std::thread runner([&] { reactor.run(); });
  reactor.stop();
  runner.join();
}

TEST(Reactor, MailThatNeverRanStillClosesWhatItCarried) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd reader(ends[0]);
  {
    Reactor reactor;
    reactor.post([writer = UniqueFd(ends[1])] {});
  }
  pollfd end{reader.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&end, 1, 0), 1);
  EXPECT_NE(end.revents & POLLHUP, 0);
}

rt::Task<void> sleep_for(Reactor& reactor, Duration span, bool& woke) {
  rt::Event never(reactor.loop());
  const rt::IoStatus status = co_await never.wait(rt::Deadline::after(reactor.loop().now(), span));
  EXPECT_EQ(status, rt::IoStatus::TimedOut);
  woke = true;
}

TEST(Reactor, SleepsUntilItsTimersAreDue) {
  Reactor reactor;
  rt::Scope scope;
  bool woke = false;
  reactor.turn(Duration(0));
  const MonoTime begun = reactor.loop().now();
  scope.spawn(sleep_for, std::ref(reactor), Duration(30ms), std::ref(woke));
  int turns = 0;
  while (!woke && turns < 1000) {
    reactor.turn(10s);
    ++turns;
  }
  EXPECT_TRUE(woke);
  EXPECT_GE(reactor.loop().now() - begun, 30ms);
  EXPECT_LE(turns, 10) << "it waits in the kernel, it does not spin";
}

struct WatchTest : ::testing::Test {
  Reactor reactor;
  UniqueFd event{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  int calls = 0;
  void signal() { ASSERT_EQ(::eventfd_write(event.get(), 1), 0); }
};

TEST_F(WatchTest, AForeignDescriptorIsReportedUntilItIsServed) {
  ASSERT_TRUE(reactor.watch(event.get(), EPOLLIN, [&](std::uint32_t events) {
    EXPECT_EQ(events, std::uint32_t{EPOLLIN});
    ++calls;
  }));
  reactor.turn(Duration(0));
  EXPECT_EQ(calls, 0);
  signal();
  reactor.turn(Duration(0));
  reactor.turn(Duration(0));
  EXPECT_EQ(calls, 2) << "level-triggered";
  eventfd_t value;
  ASSERT_EQ(::eventfd_read(event.get(), &value), 0);
  reactor.turn(Duration(0));
  EXPECT_EQ(calls, 2);
  reactor.modify(event.get(), EPOLLIN | EPOLLOUT);
  EXPECT_FALSE(reactor.watch(event.get(), EPOLLIN, [](std::uint32_t) {})) << "one watch a descriptor";
  reactor.unwatch(event.get());
  signal();
  reactor.turn(Duration(0));
  EXPECT_EQ(calls, 2);
}

TEST_F(WatchTest, ACallbackMayEndItsOwnWatch) {
  auto owned = std::make_shared<int>(0);
  ASSERT_TRUE(reactor.watch(event.get(), EPOLLIN, [this, owned](std::uint32_t) {
    reactor.unwatch(event.get());
    ++*owned;  // what the callback holds lives until it returns
    ++calls;
  }));
  signal();
  reactor.turn(Duration(0));
  reactor.turn(Duration(0));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Reactor, MeasuresHowLongATurnKeepsOthersWaiting) {
  Reactor reactor;
  reactor.turn(Duration(0));
  reactor.post([&] {
    const auto end = std::chrono::steady_clock::now() + 30ms;
    while (std::chrono::steady_clock::now() < end) {
    }
  });
  reactor.turn(Duration(0));
  EXPECT_GE(reactor.lag().max, 30ms);
  EXPECT_GE(reactor.lag().last, 30ms);
  reactor.reset_lag();
  EXPECT_EQ(reactor.lag().max, Duration(0));
}

rt::Task<void> always_ready(Reactor& reactor, bool& stop, std::uint64_t& rounds) {
  while (!stop) {
    co_await reactor.loop().turn();
    ++rounds;
  }
}

TEST(Reactor, OneThatIsAlwaysReadyDoesNotKeepMailWaiting) {
  Reactor reactor;
  rt::Scope scope;
  bool stop = false;
  std::uint64_t rounds = 0;
  scope.spawn(always_ready, std::ref(reactor), std::ref(stop), std::ref(rounds));
  reactor.post([&] { stop = true; });
  EXPECT_TRUE(run_until(reactor, [&] { return scope.running() == 0; }));
  EXPECT_GT(rounds, 0u);
}

}  // namespace
}  // namespace reeve::net
