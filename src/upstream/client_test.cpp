// SPDX-License-Identifier: Apache-2.0
// Choice of a target with living health and counts, ejection and return, TLS contexts, and what a reload
// keeps.
#include "upstream/client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "upstream/fixture_test_support.h"

namespace reeve::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ClientTest : public UpstreamTest {
 protected:
  int choose(std::uint64_t hash = 0, std::uint64_t tried = 0, bool allow_tried = false) {
    return one.client->choose(snapshot.upstreams[0], one.binding[0], hash, tried, allow_tried);
  }
  void attempt(Side& side, std::size_t target, Outcome outcome) {
    TargetPool& pool = *side.pool(0, target);
    side.client->begin(pool);
    side.client->end(pool, outcome);
  }
  void fail(std::size_t target, int times = 5) {
    for (int i = 0; i < times; ++i) attempt(one, target, Outcome::ConnectFailure);
  }
  policy::Upstream& three() {
    return add("posts", {"http://10.0.0.1:80", "http://10.0.0.2:80", "http://10.0.0.3:80"});
  }
};

// --- balance ---

TEST_F(ClientTest, RoundRobinTakesTurns) {
  three();
  one.bind(snapshot);
  std::vector<int> chosen;
  for (int i = 0; i < 6; ++i) chosen.push_back(choose());
  EXPECT_THAT(chosen, ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST_F(ClientTest, LeastRequestsCountsOverAllReactors) {
  three().balance = policy::Balance::LeastRequests;
  Side two(shared);
  one.bind(snapshot);
  two.bind(snapshot);
  two.client->begin(*two.pool(0, 0));
  two.client->begin(*two.pool(0, 2));
  EXPECT_EQ(choose(), 1);
  EXPECT_EQ(choose(), 1);
  two.client->end(*two.pool(0, 2), Outcome::Success);
  one.client->begin(*one.pool(0, 1));
  EXPECT_EQ(choose(), 2);
  one.client->end(*one.pool(0, 1), Outcome::Success);
  two.client->end(*two.pool(0, 0), Outcome::Success);
}

TEST_F(ClientTest, HashKeepsToItsTargetAndMovesOnlyWhenThatIsGone) {
  three().balance = policy::Balance::Hash;
  one.bind(snapshot);
  for (std::uint64_t key = 1; key < 200; key += 7) {
    const int home = choose(key);
    EXPECT_EQ(choose(key), home);
    const int other = (home + 1) % 3;
    one.pool(0, static_cast<std::size_t>(other))->shared().set_healthy(false, "test");
    EXPECT_EQ(choose(key), home);
    one.pool(0, static_cast<std::size_t>(other))->shared().set_healthy(true, "test");
  }
}

TEST_F(ClientTest, TriedTargetsAreTakenAgainOnlyWhenAllowedAndNoneIsLeft) {
  three();
  one.bind(snapshot);
  EXPECT_EQ(choose(0, 0b011), 2);
  EXPECT_EQ(choose(0, 0b011, true), 2);
  EXPECT_EQ(choose(0, 0b111), -1);
  EXPECT_GE(choose(0, 0b111, true), 0);
}

TEST_F(ClientTest, AnUnhealthyTargetIsNotChosen) {
  three();
  one.bind(snapshot);
  one.pool(0, 0)->shared().set_healthy(false, "test");
  one.pool(0, 1)->shared().set_healthy(false, "test");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(choose(), 2);
  one.pool(0, 2)->shared().set_healthy(false, "test");
  EXPECT_EQ(choose(0, 0, true), -1);
}

// --- ejection ---

TEST_F(ClientTest, FailuresInARowEjectATargetForAWhile) {
  three();
  one.bind(snapshot);
  fail(1, 4);
  EXPECT_FALSE(status(1).ejected);
  fail(1, 1);
  EXPECT_TRUE(status(1).ejected);
  EXPECT_THAT(told, ElementsAre(HasSubstr("down: ejected for 10000 ms after 5 failures in a row")));
  for (int i = 0; i < 6; ++i) EXPECT_NE(choose(), 1);
  one.loop.advance(10s + 1ms);
  EXPECT_FALSE(status(1).ejected);
  std::vector<int> chosen;
  for (int i = 0; i < 3; ++i) chosen.push_back(choose());
  EXPECT_THAT(chosen, ::testing::Contains(1));
}

TEST_F(ClientTest, ASuccessEndsTheRow) {
  three();
  one.bind(snapshot);
  fail(1, 4);
  attempt(one, 1, Outcome::Success);
  fail(1, 4);
  EXPECT_FALSE(status(1).ejected);
}

TEST_F(ClientTest, AnAttemptThatSaysNothingNeitherEndsNorProlongsTheRow) {
  three();
  one.bind(snapshot);
  fail(1, 4);
  attempt(one, 1, Outcome::None);
  EXPECT_FALSE(status(1).ejected);
  fail(1, 1);
  EXPECT_TRUE(status(1).ejected);
}

TEST_F(ClientTest, AReturnedTargetThatFailsAgainIsEjectedAtOnce) {
  three();
  one.bind(snapshot);
  fail(1);
  one.loop.advance(11s);
  fail(1, 1);
  EXPECT_TRUE(status(1).ejected);
}

TEST_F(ClientTest, FailuresOfAllReactorsCountTogether) {
  three();
  Side two(shared);
  one.bind(snapshot);
  two.bind(snapshot);
  fail(1, 3);
  for (int i = 0; i < 2; ++i) attempt(two, 1, Outcome::Timeout);
  EXPECT_TRUE(status(1).ejected);
}

TEST_F(ClientTest, NoMoreThanTheShareIsEjectedAndNeverTheLast) {
  three();
  one.bind(snapshot);
  fail(0);
  fail(1);
  EXPECT_TRUE(status(0).ejected);
  EXPECT_FALSE(status(1).ejected) << "half of three is one";
  snapshot.upstreams.clear();
  add("single", {"http://10.0.0.1:80"});
  one.bind(snapshot);
  fail(0, 50);
  EXPECT_FALSE(status().ejected);
}

TEST_F(ClientTest, WithAllEjectedAllAreTried) {
  add("posts", {"http://10.0.0.1:80", "http://10.0.0.2:80"});
  one.bind(snapshot);
  fail(0);
  one.pool(0, 1)->shared().set_healthy(false, "test");
  EXPECT_EQ(choose(), 0);
}

TEST_F(ClientTest, EjectionCanBeOff) {
  three().ejection.reset();
  one.bind(snapshot);
  fail(1, 50);
  EXPECT_FALSE(status(1).ejected);
}

// --- TLS ---

TEST_F(ClientTest, OneTlsContextServesTheReactorsOfAnUpstream) {
  policy::Upstream& posts = add("posts", {"https://posts:443", "https://10.0.0.2:443", "http://10.0.0.3:80"});
  posts.tls.ca_pem = "ca";
  Side two(shared);
  one.resolver.knows("posts", {"10.0.0.1"}, 60s);
  two.resolver.knows("posts", {"10.0.0.1"}, 60s);
  one.bind(snapshot);
  two.bind(snapshot);
  EXPECT_EQ(one.dialer.contexts.size(), 1u);
  EXPECT_EQ(one.dialer.contexts[0].ca_pem, "ca");
  EXPECT_TRUE(two.dialer.contexts.empty());
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(one.connect(one.pool(0, i)));
  EXPECT_THAT(one.dialer.server_names, ElementsAre("posts", "10.0.0.2", ""));
}

TEST_F(ClientTest, OtherTlsSettingsAreOtherConnections) {
  add("posts", {"https://10.0.0.1:443"});
  one.bind(snapshot);
  one.keep_one();
  const Binding older = one.binding;
  snapshot.upstreams[0].tls.server_name = "posts.internal";
  one.bind(snapshot);
  EXPECT_NE(one.pool(), older[0].targets[0]);
  EXPECT_EQ(one.client->take_kept(one.pool(), Use::Idempotent), nullptr);
  EXPECT_TRUE(one.dialer.peers[0]->peer_gone());
  EXPECT_EQ(&one.pool()->shared(), &older[0].targets[0]->shared());
}

// --- reload ---

TEST_F(ClientTest, AReloadKeepsPoolsAndCounts) {
  three();
  one.bind(snapshot);
  one.keep_one();
  fail(1);
  one.client->begin(*one.pool(0, 2));
  TargetPool* before = one.pool().get();

  snapshot.upstreams[0].connections_keep = 7;
  snapshot.upstreams[0].targets.insert(snapshot.upstreams[0].targets.begin(),
                                       make_target("http://10.0.0.9:80"));
  one.bind(snapshot);
  EXPECT_EQ(one.pool(0, 1).get(), before);
  EXPECT_NE(one.client->take_kept(one.pool(0, 1), Use::Idempotent), nullptr);
  EXPECT_TRUE(one.pool(0, 2)->shared().ejected(one.loop.now()));
  EXPECT_EQ(one.pool(0, 3)->shared().in_flight(), 1u);
  one.client->end(*one.pool(0, 3), Outcome::Success);
}

TEST_F(ClientTest, AGoneTargetClosesItsKeptConnectionsAndIsForgotten) {
  three();
  one.bind(snapshot);
  one.keep_one();
  snapshot.upstreams[0].targets.erase(snapshot.upstreams[0].targets.begin());
  one.bind(snapshot);
  EXPECT_TRUE(one.dialer.peers[0]->peer_gone());
  EXPECT_EQ(shared->list(one.loop.now()).size(), 2u);
}

TEST_F(ClientTest, ARequestOfAnOlderConfigurationFinishesOnItsGoneTarget) {
  three();
  one.bind(snapshot);
  const std::shared_ptr<TargetPool> older = one.pool();
  Connected busy = one.connect(older);
  snapshot.upstreams.clear();
  one.bind(snapshot);
  EXPECT_TRUE(one.connect(older));
  one.client->give_back(std::move(*busy), 0);
  EXPECT_EQ(older->kept(), 0u);
  EXPECT_EQ(older->shared().connections(), 0u);
}

TEST_F(ClientTest, ATargetThatComesBackWhileHeldIsFoundAgain) {
  three();
  one.bind(snapshot);
  const std::shared_ptr<TargetPool> held = one.pool();
  policy::Snapshot empty;
  one.bind(empty);
  one.bind(snapshot);
  EXPECT_EQ(one.pool(), held);
  one.keep_one();
  EXPECT_EQ(held->kept(), 1u);
}

TEST_F(ClientTest, DrainingClosesWhatIsKept) {
  three();
  one.bind(snapshot);
  one.keep_one();
  one.client->close_kept();
  EXPECT_TRUE(one.dialer.peers[0]->peer_gone());
  EXPECT_EQ(status().connections, 0u);
}

TEST_F(ClientTest, AConnectionMayOutliveTheClient) {
  add("posts", {"http://10.0.0.1:80"});
  auto side = std::make_unique<Side>(shared);
  side->bind(snapshot);
  Connected busy = side->connect(side->pool());
  side->binding.clear();
  side->client = std::make_unique<Client>(side->loop.loop(), side->dialer, side->resolver, shared);
  EXPECT_EQ(status().connections, 1u);
  busy->reset();
  EXPECT_TRUE(shared->list(one.loop.now()).empty());
}

TEST_F(ClientTest, TheScrapeShowsEveryTargetInOrder) {
  add("posts", {"http://10.0.0.2:80", "http://10.0.0.1:80"});
  add("mail", {"http://10.0.0.1:80"});
  one.bind(snapshot);
  one.keep_one();
  one.pool(0, 1)->shared().set_healthy(false, "test");
  std::vector<std::string> rows;
  for (const TargetStatus& row : shared->list(one.loop.now()))
    rows.push_back(fmt::format("{} {} {} {}", row.upstream, row.target, row.healthy, row.connections));
  EXPECT_THAT(rows, ElementsAre("mail http://10.0.0.1:80 true 0", "posts http://10.0.0.1:80 false 0",
                                "posts http://10.0.0.2:80 true 1"));
}

TEST_F(ClientTest, TheScrapesTextEscapesNames) {
  add("po\"sts", {"http://10.0.0.1:80", "http://10.0.0.2:80"});
  one.bind(snapshot);
  one.keep_one();
  one.pool(0, 1)->shared().set_healthy(false, "test");
  const std::string text = shared->metrics_text(one.loop.now());
  EXPECT_THAT(text,
              HasSubstr("# TYPE reeve_target_healthy gauge\n"
                        "reeve_target_healthy{upstream=\"po\\\"sts\",target=\"http://10.0.0.1:80\"} 1\n"
                        "reeve_target_healthy{upstream=\"po\\\"sts\",target=\"http://10.0.0.2:80\"} 0\n"));
  EXPECT_THAT(
      text, HasSubstr("reeve_target_connections{upstream=\"po\\\"sts\",target=\"http://10.0.0.1:80\"} 1\n"));
}

}  // namespace
}  // namespace reeve::upstream
