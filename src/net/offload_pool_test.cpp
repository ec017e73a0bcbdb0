// SPDX-License-Identifier: Apache-2.0
// Blocking work: where it runs, where its waiter goes on, what happens when there is too much.
#include "net/offload_pool.h"

#include <semaphore>

#include "net/socket_test_support.h"

namespace reeve::net {
namespace {

using namespace test;
using rt::IoStatus;

struct OffloadTest : ::testing::Test {
  Reactor reactor;
  rt::Scope scope;
  std::vector<IoStatus> ends;
  std::vector<std::thread::id> continued_on;

  static rt::Task<void> offload(OffloadTest& test, rt::Offload& door, std::function<void()> work) {
    test.ends.push_back(co_await door.run(std::move(work)));
    test.continued_on.push_back(std::this_thread::get_id());
  }
  bool joined() {
    return run_until(reactor, [&] { return scope.running() == 0; });
  }
};

TEST_F(OffloadTest, RunsElsewhereAndGoesOnHere) {
  OffloadPool pool(2, 8);
  ReactorOffload door(pool, reactor);
  std::thread::id worked_on;
  scope.spawn(offload, std::ref(*this), std::ref(door),
              std::function<void()>([&] { worked_on = std::this_thread::get_id(); }));
  ASSERT_TRUE(joined());
  EXPECT_EQ(ends, std::vector{IoStatus::Ok});
  EXPECT_NE(worked_on, std::this_thread::get_id());
  EXPECT_EQ(continued_on, std::vector{std::this_thread::get_id()});
}

TEST_F(OffloadTest, SaysWhenTheQueueIsFull) {
  OffloadPool pool(1, 1);
  ReactorOffload door(pool, reactor);
  std::binary_semaphore begun(0), go_on(0);
  scope.spawn(offload, std::ref(*this), std::ref(door), std::function<void()>([&] {
                begun.release();
                go_on.acquire();
              }));
  ASSERT_TRUE(begun.try_acquire_for(10s));
  scope.spawn(offload, std::ref(*this), std::ref(door), std::function<void()>([] {}));
  EXPECT_EQ(pool.queued(), 1u);
  scope.spawn(offload, std::ref(*this), std::ref(door), std::function<void()>([] {}));
  EXPECT_EQ(ends, std::vector{IoStatus::Exhausted});
  go_on.release();
  ASSERT_TRUE(joined());
  EXPECT_EQ(ends, (std::vector{IoStatus::Exhausted, IoStatus::Ok, IoStatus::Ok}));
}

TEST_F(OffloadTest, StartsAsManyThreadsAsWorkNeedsUpToItsLimit) {
  OffloadPool pool(3, 100);
  ReactorOffload door(pool, reactor);
  std::counting_semaphore<> begun(0), go_on(0);
  for (int i = 0; i < 5; ++i) {
    scope.spawn(offload, std::ref(*this), std::ref(door), std::function<void()>([&] {
                  begun.release();
                  go_on.acquire();
                }));
  }
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(begun.try_acquire_for(10s));
  EXPECT_EQ(pool.queued(), 2u);
  go_on.release(5);
  ASSERT_TRUE(joined());
  EXPECT_EQ(ends.size(), 5u);
}

TEST_F(OffloadTest, EndsOnlyWhenItsQueueIsDone) {
  std::atomic<int> done{0};
  {
    OffloadPool pool(1, 100);
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool.submit([&] { ++done; }));
  }
  EXPECT_EQ(done, 50);
}

}  // namespace
}  // namespace reeve::net
