// SPDX-License-Identifier: Apache-2.0
// Active checks against a far end that the test plays: rise and fall, what counts as good, time, reload,
// stop.
#include "upstream/health.h"

#include <gmock/gmock.h>

#include "upstream/fixture_test_support.h"

namespace reeve::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(RiseFall, TheFirstResultDecidesAndThenRiseAndFall) {
  RiseFall verdict;
  EXPECT_TRUE(verdict.healthy()) << "used from the start";
  EXPECT_FALSE(verdict.feed(false, 2, 3));
  EXPECT_FALSE(verdict.feed(true, 2, 3));
  EXPECT_FALSE(verdict.feed(false, 2, 3)) << "not in a row";
  EXPECT_FALSE(verdict.feed(true, 2, 3));
  EXPECT_TRUE(verdict.feed(true, 2, 3));
  EXPECT_TRUE(verdict.feed(false, 2, 3));
  EXPECT_TRUE(verdict.feed(false, 2, 3));
  EXPECT_TRUE(verdict.feed(true, 2, 3));
  EXPECT_TRUE(verdict.feed(false, 2, 3));
  EXPECT_TRUE(verdict.feed(false, 2, 3));
  EXPECT_FALSE(verdict.feed(false, 2, 3));
}

/// Reads what came and answers, on every far end that has not been answered yet.
rt::Task<> answer_one(test::MemoryStream& peer, std::string text,
                      std::reference_wrapper<std::string> request) {
  rt::Buffer read;
  while (read.view().find("\r\n\r\n") == std::string_view::npos)
    if (co_await peer.read(read, rt::Deadline::never()) != rt::IoStatus::Ok) co_return;
  request.get() = std::string(read.view());
  if (!text.empty())
    static_cast<void>(co_await peer.write(rt::WriteList(rt::Buffer::copy_of(text)), rt::Deadline::never()));
}

class HealthTest : public UpstreamTest {
 protected:
  HealthTest() {
    policy::Upstream& posts = add("posts", {"http://10.0.0.1:80"});
    posts.health = policy::HealthCheck{.path = "/healthz"};
  }
  void TearDown() override {
    one.loop.wait(checker->stop());
    checker.reset();
    UpstreamTest::TearDown();
  }
  /// Lets checks happen for that long, each answered like this.
  void serve(const std::string& text, Duration span) {
    const MonoTime end = one.loop.now() + span;
    while (one.loop.now() < end) {
      answer_new(text);
      one.loop.advance(10ms);
    }
  }
  void answer_new(const std::string& text) {
    for (; answered < one.dialer.peers.size(); ++answered)
      one.loop.wait(answer_one(*one.dialer.peers[answered], text, std::ref(request)));
    one.loop.settle();
  }
  std::size_t checks() const { return one.dialer.dialled.size(); }

  std::unique_ptr<HealthChecker> checker =
      std::make_unique<HealthChecker>(one.loop.loop(), one.dialer, one.resolver, shared, 1);
  std::size_t answered = 0;
  std::string request;
};

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr const char* kBad = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";

TEST_F(HealthTest, TheFirstCheckIsMadeAtOnceAndSaysWhoItIs) {
  checker->apply(snapshot);
  EXPECT_EQ(checks(), 1u);
  answer_new(kOk);
  EXPECT_EQ(
      request,
      "GET /healthz HTTP/1.1\r\nHost: 10.0.0.1:80\r\nUser-Agent: reeve-health\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(one.dialer.peers[0]->peer_gone()) << "its connection is closed";
  EXPECT_TRUE(status().healthy);
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(HealthTest, AFirstFailingCheckTakesTheTargetOutAtOnce) {
  checker->apply(snapshot);
  EXPECT_TRUE(status().healthy) << "used from the start";
  answer_new(kBad);
  EXPECT_FALSE(status().healthy);
  EXPECT_THAT(told, ElementsAre("posts http://10.0.0.1:80 down: the health check was answered 500"));
}

TEST_F(HealthTest, FallAndRiseAreFollowed) {
  checker->apply(snapshot);
  serve(kOk, 1s);
  serve(kBad, 10s);
  EXPECT_TRUE(status().healthy) << "two failures";
  serve(kBad, 6s);
  EXPECT_FALSE(status().healthy);
  serve(kOk, 5s);
  EXPECT_FALSE(status().healthy) << "one success";
  serve(kOk, 6s);
  EXPECT_TRUE(status().healthy);
  EXPECT_EQ(told.size(), 2u);
}

TEST_F(HealthTest, ChecksComeAboutEvery) {
  checker->apply(snapshot);
  serve(kOk, 100s);
  EXPECT_GE(checks(), 18u);
  EXPECT_LE(checks(), 23u);
}

TEST_F(HealthTest, RedirectsAreGoodAndInterimAnswersAreSkipped) {
  checker->apply(snapshot);
  answer_new(
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(status().healthy);
}

TEST_F(HealthTest, WhatIsNoGoodAnswerIsBad) {
  const std::pair<const char*, const char*> cases[] = {
      {"SSH-2.0-OpenSSH\r\n\r\n", "no HTTP/1.1"},
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404"},
      {"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", ""},
      {"", "timed out"},
  };
  for (const auto& [text, reason] : cases) {
    checker->apply(policy::Snapshot{});
    told.clear();
    checker->apply(snapshot);
    serve(text, 3s);
    EXPECT_FALSE(status().healthy) << text;
    ASSERT_EQ(told.size(), 1u) << text;
    EXPECT_THAT(told[0], HasSubstr(reason));
  }
}

TEST_F(HealthTest, ATargetThatCannotBeConnectedToIsBad) {
  one.dialer.failing["10.0.0.1:80"] = rt::IoStatus::Refused;
  checker->apply(snapshot);
  one.loop.settle();
  EXPECT_FALSE(status().healthy);
  EXPECT_THAT(told, ElementsAre(HasSubstr("the connection was refused")));
}

TEST_F(HealthTest, ReevesOwnShortageSaysNothingAboutTheTarget) {
  one.dialer.failing["10.0.0.1:80"] = rt::IoStatus::NoDescriptors;
  checker->apply(snapshot);
  one.loop.advance(60s);
  EXPECT_TRUE(status().healthy);
}

TEST_F(HealthTest, AClosedConnectionWithoutAnAnswerIsBad) {
  checker->apply(snapshot);
  one.dialer.peers.clear();
  one.loop.settle();
  EXPECT_FALSE(status().healthy);
}

TEST_F(HealthTest, AnEndlessRowOfInterimAnswersIsBad) {
  std::string flood;
  for (int i = 0; i < 100; ++i) flood += "HTTP/1.1 100 Continue\r\n\r\n";
  checker->apply(snapshot);
  answer_new(flood);
  EXPECT_FALSE(status().healthy);
}

TEST_F(HealthTest, NamesAreResolvedAndTheirFailureIsToldOnce) {
  snapshot.upstreams[0].targets = {make_target("http://posts:80")};
  checker->apply(snapshot);
  one.loop.advance(30s);
  EXPECT_THAT(told, ElementsAre(HasSubstr("the name does not exist")));
  one.resolver.knows("posts", {"10.0.0.7"}, 1h);
  serve(kOk, 40s);
  EXPECT_TRUE(status().healthy);
  EXPECT_THAT(one.dialer.dialled, ::testing::Contains("10.0.0.7:80"));
}

TEST_F(HealthTest, AReloadKeepsVerdictAndRow) {
  checker->apply(snapshot);
  serve(kOk, 1s);
  serve(kBad, 10s);
  const std::size_t before = checks();
  snapshot.upstreams[0].targets.push_back(make_target("http://10.0.0.2:80"));
  checker->apply(snapshot);
  EXPECT_EQ(checks(), before + 1) << "only the new target is checked at once";
  serve(kBad, 6s);
  EXPECT_FALSE(status(0).healthy) << "the third failure in a row";
}

TEST_F(HealthTest, AChangedIntervalHoldsAtOnce) {
  snapshot.upstreams[0].health->every = 1h;
  checker->apply(snapshot);
  serve(kOk, 1s);
  snapshot.upstreams[0].health->every = 1s;
  snapshot.upstreams[0].health->path = "/other";
  checker->apply(snapshot);
  serve(kOk, 5s);
  EXPECT_GE(checks(), 5u);
  EXPECT_THAT(request, HasSubstr("GET /other "));
}

TEST_F(HealthTest, ATargetThatIsNotCheckedAnyMoreIsHealthy) {
  checker->apply(snapshot);
  answer_new(kBad);
  one.bind(snapshot);
  snapshot.upstreams[0].health.reset();
  checker->apply(snapshot);
  EXPECT_TRUE(status().healthy);
  const std::size_t before = checks();
  one.loop.advance(60s);
  EXPECT_EQ(checks(), before);
}

TEST_F(HealthTest, ACheckUnderWayEndsWithItsTarget) {
  checker->apply(snapshot);
  ASSERT_EQ(one.dialer.peers.size(), 1u);
  one.bind(snapshot);
  checker->apply(policy::Snapshot{});
  one.loop.settle();
  EXPECT_TRUE(one.dialer.peers[0]->peer_gone());
  EXPECT_TRUE(status().healthy);
}

TEST_F(HealthTest, AnAnswerThatMeetsTheEndOfItsCheckIsNotCounted) {
  checker->apply(snapshot);
  one.bind(snapshot);
  rt::Scope scope;
  scope.spawn(answer_one, std::ref(*one.dialer.peers[0]), std::string(kBad), std::ref(request));
  checker->apply(policy::Snapshot{});  // before the loop hands the answer over
  one.loop.settle();
  EXPECT_FALSE(request.empty());
  EXPECT_TRUE(status().healthy);
}

TEST_F(HealthTest, StopEndsChecksWhereverTheyAre) {
  snapshot.upstreams[0].targets = {make_target("http://10.0.0.1:80"), make_target("http://10.0.0.2:80"),
                                   make_target("http://10.0.0.3:80")};
  one.dialer.silent.insert("10.0.0.2:80");
  checker->apply(snapshot);
  answer_new(kOk);  // the first and third wait for their next turn, the second connects
  one.loop.advance(1s);
  const MonoTime before = one.loop.now();
  one.loop.wait(checker->stop());
  EXPECT_EQ(one.loop.now(), before);
}

}  // namespace
}  // namespace reeve::upstream
