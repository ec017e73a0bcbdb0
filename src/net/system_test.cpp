// SPDX-License-Identifier: Apache-2.0
// The small doors to the system: signals, random bits, the descriptor limit.
#include <signal.h>
#include <sys/resource.h>

#include "net/descriptors.h"
#include "net/signals.h"
#include "net/socket_test_support.h"
#include "net/system_random.h"

namespace reeve::net {
namespace {

using namespace test;

TEST(Signals, ArriveOnTheReactor) {
  sigset_t before;
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &before), 0);
  block_signals({SIGUSR1, SIGUSR2});
  {
    Reactor reactor;
    std::vector<int> got;
    const Signals signals(reactor, {SIGUSR1, SIGUSR2}, [&](int signal) { got.push_back(signal); });
    ::raise(SIGUSR2);
    EXPECT_TRUE(got.empty());
    ASSERT_TRUE(run_until(reactor, [&] { return got.size() == 1; }));
    ::raise(SIGUSR1);
    ASSERT_TRUE(run_until(reactor, [&] { return got.size() == 2; }));
    EXPECT_EQ(got, (std::vector{SIGUSR2, SIGUSR1}));
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(Signals, ABrokenPipeIsNoReasonToDie) {
  block_signals({});
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd writer(ends[1]);
  ::close(ends[0]);
  EXPECT_EQ(::write(writer.get(), "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST(SystemRandom, FillsEveryByteAndNeverTheSame) {
  SystemRandom random;
  std::array<std::byte, 1024> a{}, b{};
  random.fill(a);
  random.fill(b);
  EXPECT_NE(a, b);
  const std::span<const std::byte> tail = std::span(a).last(32);
  EXPECT_TRUE(std::ranges::any_of(tail, [](std::byte byte) { return byte != std::byte(0); }));
}

TEST(Descriptors, TheLimitIsRaisedAsFarAsAllowed) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 64;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace reeve::net
