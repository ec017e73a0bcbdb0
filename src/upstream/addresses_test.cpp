// SPDX-License-Identifier: Apache-2.0
// Where a target is: literal addresses, Unix paths, names that change or fail, several addresses; and how the
// ways of not connecting are told apart.
#include "upstream/addresses.h"

#include <gmock/gmock.h>

#include "upstream/fixture_test_support.h"

namespace reeve::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AddressesTest : public UpstreamTest {
 protected:
  void bind(const std::string& url) {
    add("posts", {url});
    one.bind(snapshot);
  }
  int choose() { return one.client->choose(snapshot.upstreams[0], one.binding[0], 0, 0, false); }
};

TEST_F(AddressesTest, LiteralAddressesAreNeverAskedFor) {
  bind("http://10.0.0.1:8080");
  EXPECT_TRUE(one.connect(one.pool()));
  EXPECT_THAT(one.dialer.dialled, ElementsAre("10.0.0.1:8080"));
  EXPECT_THAT(one.resolver.asked, IsEmpty());
}

TEST_F(AddressesTest, UnixSocketsAreDialledByPath) {
  bind("unix:/run/posts.sock");
  EXPECT_TRUE(one.connect(one.pool()));
  EXPECT_THAT(one.dialer.dialled, ElementsAre("unix:/run/posts.sock"));
}

TEST_F(AddressesTest, ANameIsAskedForWhenItIsBound) {
  one.resolver.knows("posts", {"10.0.0.7"}, 60s);
  bind("http://posts:80");
  EXPECT_EQ(one.resolver.asked.size(), 1u);
  EXPECT_TRUE(one.connect(one.pool()));
  EXPECT_THAT(one.dialer.dialled, ElementsAre("10.0.0.7:80"));
  EXPECT_EQ(one.resolver.asked.size(), 1u);
}

TEST_F(AddressesTest, ARequestWaitsForTheFirstAnswer) {
  one.resolver.knows("posts", {"10.0.0.7"}, 60s);
  one.resolver.hold();
  bind("http://posts:80");
  EXPECT_EQ(choose(), 0) << "not known yet is not unhealthy";
  Pending request(one, one.pool()), other(one, one.pool());
  one.loop.advance(100ms);
  EXPECT_FALSE(request.result);
  one.resolver.release();
  one.loop.settle();
  EXPECT_TRUE(request.served());
  EXPECT_TRUE(other.served());
}

TEST_F(AddressesTest, WaitingForANameEndsAtTheDeadlineOrWhenCancelled) {
  one.resolver.hold();
  bind("http://posts:80");
  const Connected late = one.connect(one.pool(), 200ms);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::DependencyUnavailable);
  Pending request(one, one.pool());
  request.cancellation.request();
  one.loop.settle();
  ASSERT_TRUE(request.result);
  EXPECT_EQ(request.result->error().fault, Fault::Cancelled);
  EXPECT_EQ(status().connections, 0u);
  one.resolver.release();
}

TEST_F(AddressesTest, AnExpiredNameIsAskedForAgainInTheBackground) {
  one.resolver.knows("posts", {"10.0.0.7"}, 30s);
  bind("http://posts:80");
  one.resolver.knows("posts", {"10.0.0.8"}, 30s);
  one.loop.advance(29s);
  EXPECT_TRUE(one.connect(one.pool()));
  one.loop.advance(2s);
  EXPECT_TRUE(one.connect(one.pool()));
  EXPECT_THAT(one.dialer.dialled, ElementsAre("10.0.0.7:80", "10.0.0.8:80"));
}

TEST_F(AddressesTest, TheOldAddressesServeWhileANewAnswerIsAwaited) {
  one.resolver.knows("posts", {"10.0.0.7"}, 30s);
  bind("http://posts:80");
  one.resolver.hold();
  one.loop.advance(31s);
  EXPECT_EQ(one.resolver.asked.size(), 2u);
  EXPECT_TRUE(one.connect(one.pool()));
  one.resolver.release();
}

TEST_F(AddressesTest, AConnectionToAnAddressThatIsGoneIsNotKeptOrTaken) {
  one.resolver.knows("posts", {"10.0.0.7"}, 30s);
  bind("http://posts:80");
  one.keep_one();
  Connected busy = one.connect(one.pool());
  // A second one, since the first was dialled before the name moved.
  one.resolver.knows("posts", {"10.0.0.8"}, 30s);
  one.loop.advance(31s);
  EXPECT_EQ(one.client->take_kept(one.pool(), Use::Idempotent), nullptr);
  one.client->give_back(std::move(*busy), 0);
  EXPECT_EQ(status().connections, 0u);
}

TEST_F(AddressesTest, AFailedQueryKeepsTheLastAddresses) {
  one.resolver.knows("posts", {"10.0.0.7"}, 30s);
  bind("http://posts:80");
  one.resolver.names.clear();
  one.loop.advance(10min);
  EXPECT_EQ(choose(), 0);
  EXPECT_TRUE(one.connect(one.pool()));
  EXPECT_TRUE(status().healthy);
  EXPECT_THAT(
      told,
      ElementsAre("posts http://posts:80 up: the name no longer resolves; its last addresses stay in use"));
}

TEST_F(AddressesTest, ANameThatNeverResolvedIsAnUnhealthyTargetUntilItDoes) {
  bind("http://posts:80");
  EXPECT_THAT(told, ElementsAre("posts http://posts:80 down: the name does not exist"));
  EXPECT_FALSE(status().healthy);
  EXPECT_EQ(choose(), -1);
  const Connected refused = one.connect(one.pool());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::UpstreamUnreachable);

  one.resolver.knows("posts", {"10.0.0.7"}, 30s);
  one.loop.advance(2s);
  EXPECT_TRUE(status().healthy);
  EXPECT_EQ(choose(), 0);
  EXPECT_EQ(told.size(), 2u);
}

TEST_F(AddressesTest, AFailingNameIsAskedForLessAndLessOften) {
  bind("http://posts:80");
  one.loop.advance(5min);
  EXPECT_LT(one.resolver.asked.size(), 20u);
  EXPECT_GT(one.resolver.asked.size(), 8u);
}

TEST_F(AddressesTest, ATtlOfNothingIsNoQueryForEveryConnection) {
  one.resolver.knows("posts", {"10.0.0.7"}, 0s);
  bind("http://posts:80");
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(one.connect(one.pool()));
    one.loop.advance(400ms);
  }
  EXPECT_EQ(one.resolver.asked.size(), 1u);
}

TEST_F(AddressesTest, SeveralAddressesTakeTurnsAndStandInForEachOther) {
  one.resolver.knows("posts", {"10.0.0.7", "10.0.0.8"}, 60s);
  bind("http://posts:80");
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(one.connect(one.pool()));
  EXPECT_THAT(one.dialer.dialled, ElementsAre("10.0.0.7:80", "10.0.0.8:80"));
  one.dialer.dialled.clear();
  one.dialer.failing["10.0.0.7:80"] = rt::IoStatus::Refused;
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(one.connect(one.pool()));
  EXPECT_THAT(one.dialer.dialled, ElementsAre("10.0.0.7:80", "10.0.0.8:80", "10.0.0.8:80"));
}

TEST_F(AddressesTest, AnAddressThatSwallowsPacketsLeavesTimeForTheNext) {
  one.resolver.knows("posts", {"10.0.0.7", "10.0.0.8"}, 60s);
  bind("http://posts:80");
  one.dialer.silent.insert("10.0.0.7:80");
  EXPECT_TRUE(one.connect(one.pool(), 1s));
  EXPECT_THAT(one.dialer.dialled, ElementsAre("10.0.0.7:80", "10.0.0.8:80"));
}

TEST_F(AddressesTest, FailuresToConnectAreToldApart) {
  bind("http://10.0.0.1:80");
  const std::pair<rt::IoStatus, Code> cases[] = {
      {rt::IoStatus::Refused, Code::UpstreamUnreachable},
      {rt::IoStatus::Unreachable, Code::UpstreamUnreachable},
      {rt::IoStatus::TimedOut, Code::UpstreamUnreachable},
      {rt::IoStatus::TlsFailed, Code::UpstreamUnreachable},
      {rt::IoStatus::Reset, Code::UpstreamUnreachable},
      {rt::IoStatus::NoDescriptors, Code::Overloaded},
      {rt::IoStatus::Cancelled, Code::ClientClosed},
  };
  for (const auto& [failure, code] : cases) {
    one.dialer.failing["10.0.0.1:80"] = failure;
    const Connected connection = one.connect(one.pool());
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code, code) << rt::describe(failure);
    EXPECT_EQ(connection.error().sent, Sent::Nothing);
    EXPECT_EQ(status().connections, 0u);
  }
}

TEST_F(AddressesTest, ADialUnderWayCanBeCancelled) {
  bind("http://10.0.0.1:80");
  one.dialer.silent.insert("10.0.0.1:80");
  Pending request(one, one.pool());
  one.loop.advance(10ms);
  request.cancellation.request();
  one.loop.settle();
  ASSERT_TRUE(request.result);
  EXPECT_EQ(request.result->error().fault, Fault::Cancelled);
  EXPECT_EQ(status().connections, 0u);
}

TEST_F(AddressesTest, StoppingEndsTheQueriesOfNames) {
  one.resolver.knows("posts", {"10.0.0.7"}, 30s);
  bind("http://posts:80");
  one.loop.wait(one.client->stop());
  one.loop.advance(10min);
  EXPECT_EQ(one.resolver.asked.size(), 1u);
}

}  // namespace
}  // namespace reeve::upstream
