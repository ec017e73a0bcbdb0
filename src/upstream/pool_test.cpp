// SPDX-License-Identifier: Apache-2.0
// Kept connections and places under connections.max, through Client as the proxy uses it.
#include "upstream/pool.h"

#include "upstream/fixture_test_support.h"

namespace reeve::upstream {
namespace {

class PoolTest : public UpstreamTest {
 protected:
  PoolTest() { add("posts", {"http://10.0.0.1:80"}); }
  policy::Upstream& posts() { return snapshot.upstreams[0]; }
  void bind() { one.bind(snapshot); }
  std::unique_ptr<Connection> take(Use use = Use::Idempotent) {
    return one.client->take_kept(one.pool(), use);
  }
};

TEST_F(PoolTest, AConnectionThatWasGivenBackIsTakenAgain) {
  bind();
  EXPECT_EQ(take(), nullptr);
  Connected connection = one.connect(one.pool());
  ASSERT_TRUE(connection);
  EXPECT_FALSE((*connection)->reused);
  const rt::Stream* stream = (*connection)->stream.get();
  one.client->give_back(std::move(*connection), 0);
  EXPECT_EQ(status().connections, 1u);
  EXPECT_EQ(status().kept, 1u);

  const auto again = take();
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->stream.get(), stream);
  EXPECT_TRUE(again->reused);
  EXPECT_EQ(status().kept, 0u);
  EXPECT_EQ(one.dialer.dialled, std::vector<std::string>{"10.0.0.1:80"});
}

TEST_F(PoolTest, TheNewestKeptConnectionIsTakenFirst) {
  bind();
  Connected a = one.connect(one.pool()), b = one.connect(one.pool());
  const rt::Stream* first = (*a)->stream.get();
  const rt::Stream* second = (*b)->stream.get();
  one.client->give_back(std::move(*a), 0);
  one.client->give_back(std::move(*b), 0);
  const auto newest = take();
  const auto oldest = take();
  EXPECT_EQ(newest->stream.get(), second);
  EXPECT_EQ(oldest->stream.get(), first);
}

TEST_F(PoolTest, AKeptConnectionThatTheUpstreamClosedIsNotTaken) {
  bind();
  one.keep_one();
  one.dialer.peers[0].reset();
  EXPECT_EQ(take(), nullptr);
  EXPECT_EQ(status().connections, 0u);
}

TEST_F(PoolTest, AKeptConnectionWithUnaskedBytesIsNotTaken) {
  bind();
  one.keep_one();
  rt::Buffer unasked = rt::Buffer::copy_of("HTTP/1.1 408 Request Timeout\r\n\r\n");
  one.loop.wait([](rt::Stream& peer, rt::Buffer bytes) -> rt::Task<> {
    static_cast<void>(co_await peer.write(rt::WriteList(std::move(bytes)), rt::Deadline::never()));
  }(*one.dialer.peers[0], std::move(unasked)));
  EXPECT_EQ(take(), nullptr);
}

TEST_F(PoolTest, AClosedConnectionIsNoticedWithoutBeingAskedFor) {
  bind();
  one.keep_one();
  one.dialer.peers[0].reset();
  one.loop.advance(300ms);
  EXPECT_EQ(status().connections, 0u);
  EXPECT_EQ(status().kept, 0u);
}

TEST_F(PoolTest, AnUnfitConnectionIsClosedWhenGivenBack) {
  bind();
  Connected connection = one.connect(one.pool());
  one.dialer.peers[0].reset();
  one.client->give_back(std::move(*connection), 0);
  EXPECT_EQ(status().connections, 0u);
}

TEST_F(PoolTest, NoMoreThanKeepAreKept) {
  posts().connections_keep = 2;
  bind();
  std::vector<Connected> open;
  for (int i = 0; i < 4; ++i) open.push_back(one.connect(one.pool()));
  for (Connected& connection : open) one.client->give_back(std::move(*connection), 0);
  EXPECT_EQ(status().kept, 2u);
  EXPECT_EQ(status().connections, 2u);
}

TEST_F(PoolTest, KeepIsCountedOverAllReactors) {
  Side two(shared);
  posts().connections_keep = 1;
  bind();
  two.bind(snapshot);
  one.keep_one();
  two.keep_one();
  EXPECT_EQ(status().kept, 1u);
  EXPECT_NE(take(), nullptr);
}

TEST_F(PoolTest, AKeptConnectionIsClosedAfterAMinuteWhenNothingIsLearned) {
  bind();
  one.keep_one();
  one.loop.advance(59s);
  EXPECT_EQ(status().kept, 1u);
  one.loop.advance(2s);
  EXPECT_EQ(status().kept, 0u);
  EXPECT_EQ(status().connections, 0u);
  EXPECT_TRUE(one.dialer.peers[0]->peer_gone());
}

TEST_F(PoolTest, TheToldKeepAliveTimeIsKept) {
  bind();
  one.keep_one(10);
  one.loop.advance(9s);
  EXPECT_NE(take(), nullptr);
  one.keep_one(10);
  one.loop.advance(11s);
  EXPECT_EQ(status().kept, 0u);
}

TEST_F(PoolTest, NonIdempotentRequestsUseOnlyHalfOfTheKeepAliveTime) {
  bind();
  one.keep_one(10);
  one.loop.advance(4900ms);
  EXPECT_NE(take(Use::NonIdempotent), nullptr);
  one.keep_one(10);
  one.loop.advance(5100ms);
  EXPECT_EQ(take(Use::NonIdempotent), nullptr);
  EXPECT_NE(take(Use::Idempotent), nullptr) << "it stays for others";
}

TEST_F(PoolTest, AStaleConnectionTeachesHowLongTheyAreKept) {
  bind();
  one.keep_one();
  one.loop.advance(8s);
  auto stale = take();
  ASSERT_NE(stale, nullptr);
  one.client->went_stale(*stale);
  stale.reset();

  one.keep_one();
  one.loop.advance(4100ms);
  EXPECT_EQ(take(Use::NonIdempotent), nullptr) << "more than half of 8 s";
  one.loop.advance(4s);
  EXPECT_EQ(status().kept, 0u) << "closed before the upstream does";
}

TEST_F(PoolTest, WhatWasLearnedIsForgottenSinceARestartLooksTheSame) {
  bind();
  one.keep_one();
  one.loop.advance(8s);
  one.dialer.peers[0].reset();
  one.loop.advance(300ms);
  one.loop.advance(6min);
  one.keep_one();
  one.loop.advance(20s);
  EXPECT_NE(take(Use::NonIdempotent), nullptr);
}

// --- connections.max ---

class PlacesTest : public PoolTest {
 protected:
  PlacesTest() { posts().connections_max = 1; }
};

TEST_F(PlacesTest, AWaiterGetsTheConnectionThatIsGivenBack) {
  bind();
  Connected first = one.connect(one.pool());
  Pending second(one, one.pool());
  one.loop.advance(100ms);
  EXPECT_FALSE(second.result);
  EXPECT_EQ(status().connections, 1u);
  one.client->give_back(std::move(*first), 0);
  one.loop.settle();
  ASSERT_TRUE(second.served());
  EXPECT_TRUE((**second.result)->reused);
  EXPECT_EQ(one.dialer.dialled.size(), 1u);
}

TEST_F(PlacesTest, AWaiterConnectsWhenAConnectionIsClosed) {
  bind();
  Connected first = one.connect(one.pool());
  Pending second(one, one.pool());
  first->reset();
  one.loop.settle();
  ASSERT_TRUE(second.served());
  EXPECT_FALSE((**second.result)->reused);
}

TEST_F(PlacesTest, WaitersAreServedInTheirOrder) {
  bind();
  Connected first = one.connect(one.pool());
  Pending a(one, one.pool()), b(one, one.pool());
  first->reset();
  one.loop.settle();
  EXPECT_TRUE(a.served());
  EXPECT_FALSE(b.result);
  (*a.result)->reset();
  one.loop.settle();
  EXPECT_TRUE(b.served());
}

TEST_F(PlacesTest, AWaitersDeadlineIsOverloaded) {
  bind();
  Connected first = one.connect(one.pool());
  const Connected second = one.connect(one.pool(), 500ms);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::Overloaded);
  EXPECT_EQ(second.error().sent, Sent::Nothing);
}

TEST_F(PlacesTest, AWaiterCanBeCancelled) {
  bind();
  Connected first = one.connect(one.pool());
  Pending second(one, one.pool());
  second.cancellation.request();
  one.loop.settle();
  ASSERT_TRUE(second.result);
  EXPECT_EQ((*second.result).error().fault, Fault::Cancelled);
  EXPECT_EQ(one.pool()->shared().waiting(), 0u);
}

TEST_F(PlacesTest, AWaiterThatIsServedAndCancelledAtOnceGivesItsPlaceOn) {
  bind();
  Connected first = one.connect(one.pool());
  Pending second(one, one.pool()), third(one, one.pool());
  one.client->give_back(std::move(*first), 0);
  second.cancellation.request();
  one.loop.settle();
  ASSERT_TRUE(second.result);
  EXPECT_EQ((*second.result).error().fault, Fault::Cancelled);
  ASSERT_TRUE(third.served());
  EXPECT_TRUE((**third.result)->reused) << "the connection itself, still fit";
}

TEST_F(PlacesTest, AFailedConnectGivesItsPlaceToTheNext) {
  bind();
  one.dialer.silent.insert("10.0.0.1:80");
  Pending first(one, one.pool(), 200ms);
  Pending second(one, one.pool(), 1s);
  one.loop.advance(100ms);
  one.dialer.silent.clear();
  one.loop.advance(150ms);
  ASSERT_TRUE(first.result);
  EXPECT_EQ((*first.result).error().code, Code::UpstreamUnreachable);
  EXPECT_TRUE(second.served());
}

TEST_F(PlacesTest, TheQueueIsBounded) {
  bind();
  Connected first = one.connect(one.pool());
  std::vector<std::unique_ptr<Pending>> waiting;
  for (int i = 0; i < 1024; ++i) waiting.push_back(std::make_unique<Pending>(one, one.pool()));
  Pending refused(one, one.pool());
  ASSERT_TRUE(refused.result) << "at once";
  EXPECT_EQ((*refused.result).error().code, Code::Overloaded);
  one.loop.advance(2s);
}

TEST_F(PlacesTest, AKeptConnectionThatDoesNotSuitIsClosedForTheNewOne) {
  bind();
  one.keep_one(10);
  one.loop.advance(6s);
  EXPECT_EQ(take(Use::NonIdempotent), nullptr);
  const MonoTime before = one.loop.now();
  const Connected fresh = one.connect(one.pool());
  EXPECT_TRUE(fresh);
  EXPECT_EQ(one.loop.now(), before) << "without waiting for it to be reaped";
  EXPECT_EQ(status().connections, 1u);
}

TEST_F(PlacesTest, APlaceFreedOnAnotherReactorIsFound) {
  Side two(shared);
  bind();
  two.bind(snapshot);
  Connected first = one.connect(one.pool());
  Pending second(two, two.pool());
  two.loop.advance(50ms);
  EXPECT_FALSE(second.result);
  first->reset();
  two.loop.advance(5ms);
  EXPECT_TRUE(second.served());
}

TEST_F(PlacesTest, AnotherReactorDoesNotKeepWhatIsWaitedFor) {
  Side two(shared);
  bind();
  two.bind(snapshot);
  Connected first = one.connect(one.pool());
  Pending second(two, two.pool());
  one.client->give_back(std::move(*first), 0);
  EXPECT_EQ(status().kept, 0u);
  two.loop.advance(5ms);
  EXPECT_TRUE(second.served());
}

TEST_F(PlacesTest, AnotherReactorGivesUpAnIdleConnection) {
  Side two(shared);
  bind();
  two.bind(snapshot);
  one.keep_one();
  Pending second(two, two.pool());
  two.loop.advance(100ms);
  EXPECT_FALSE(second.result);
  one.loop.advance(300ms);
  two.loop.advance(10ms);
  EXPECT_TRUE(second.served());
}

TEST_F(PlacesTest, ABusyReactorDoesNotStarveAnother) {
  Side two(shared);
  bind();
  two.bind(snapshot);
  Connected held = one.connect(one.pool());
  Pending waiting(two, two.pool(), 10s);
  int exchanges = 0;
  for (; exchanges < 100 && !waiting.result; ++exchanges) {
    Pending next(one, one.pool());
    one.client->give_back(std::move(*held), 0);
    two.loop.advance(3ms);
    one.loop.settle();
    if (waiting.result) {
      waiting.result.reset();
      one.loop.advance(5ms);
    }
    ASSERT_TRUE(next.served());
    held = std::move(*next.result);
    if (waiting.scope.running() == 0) break;
  }
  EXPECT_LT(exchanges, 20);
}

}  // namespace
}  // namespace reeve::upstream
