// SPDX-License-Identifier: Apache-2.0
// Target choice, retry, shares, timeouts: exhaustively where the space is small, by proportion where it is
// not.
#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"
#include "policy/method_set.h"
#include "policy/retry.h"
#include "policy/target_choice.h"
#include "policy/weights.h"

namespace reeve::policy {
namespace {

Upstream upstream_of(Balance balance, std::vector<std::uint32_t> weights) {
  Upstream u;
  u.balance = balance;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    Target t;
    t.url = "http://10.0.0." + std::to_string(i + 1) + ":9000";
    t.weight = weights[i];
    u.targets.push_back(t);
  }
  return u;
}

TEST(RoundRobin, SpreadsTheTurnsOfAHeavyTarget) {
  const Upstream u = upstream_of(Balance::RoundRobin, {5, 1, 1});
  const std::vector<TargetState> all(3);
  RoundRobinState turn;
  std::string order;
  for (int i = 0; i < 7; ++i) order += static_cast<char>('a' + choose(u, all, turn, 0).value());
  EXPECT_EQ(order, "aabacaa");
}

TEST(RoundRobin, LeavesOutWhatIsDownEjectedOrTried) {
  const Upstream u = upstream_of(Balance::RoundRobin, {1, 1, 1});
  std::vector<TargetState> states(3);
  RoundRobinState turn;
  states[0].available = false;
  states[1].ejected = true;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(choose(u, states, turn, 0), 2u);
  const std::uint32_t tried[] = {2};
  EXPECT_EQ(choose(u, states, turn, 0, tried), std::nullopt);
  states[2].ejected = true;  // with all ejected all are tried, but not what is down
  std::map<std::uint32_t, int> seen;
  for (int i = 0; i < 10; ++i) ++seen[choose(u, states, turn, 0).value()];
  EXPECT_EQ(seen, (std::map<std::uint32_t, int>{{1, 5}, {2, 5}}));
  states.assign(3, {.available = false});
  EXPECT_EQ(choose(u, states, turn, 0), std::nullopt);
}

TEST(LeastRequests, WeighsAndRotatesTies) {
  const Upstream u = upstream_of(Balance::LeastRequests, {1, 2, 1});
  std::vector<TargetState> states(3);
  RoundRobinState turn;
  states[0].in_flight = 2;
  states[1].in_flight = 3;
  states[2].in_flight = 2;
  EXPECT_EQ(choose(u, states, turn, 0), 1u);
  states[1].in_flight = 4;
  std::map<std::uint32_t, int> seen;
  for (int i = 0; i < 8; ++i) ++seen[choose(u, states, turn, 0).value()];
  EXPECT_EQ(seen, (std::map<std::uint32_t, int>{{0, 2}, {1, 4}, {2, 2}}));
}

TEST(Hash, KeepsKeysInPlaceWhenAnotherTargetLeaves) {
  const Upstream u = upstream_of(Balance::Hash, {1, 1, 1, 1, 2});
  std::vector<TargetState> states(5);
  RoundRobinState turn;
  std::map<std::uint32_t, int> share;
  int moved = 0;
  constexpr int kKeys = 12000;
  for (int i = 0; i < kKeys; ++i) {
    const std::uint64_t key = hash_key("user-" + std::to_string(i));
    states[2].available = true;
    const std::uint32_t before = choose(u, states, turn, key).value();
    ++share[before];
    states[2].available = false;
    const std::uint32_t after = choose(u, states, turn, key).value();
    if (before != 2) {
      EXPECT_EQ(before, after);
    }
    moved += before != after ? 1 : 0;
  }
  EXPECT_NEAR(moved, kKeys / 6, kKeys / 60);
  EXPECT_NEAR(share[4], kKeys / 3, kKeys / 40);
}

TEST(Ejection, NeverTakesTheLastNorMoreThanTheShare) {
  const Ejection half;  // 50 %
  std::vector<TargetState> states(1);
  EXPECT_FALSE(may_eject(half, states, 0));
  states.assign(2, {});
  EXPECT_TRUE(may_eject(half, states, 0));
  states[1].ejected = true;
  EXPECT_FALSE(may_eject(half, states, 0));
  states.assign(2, {});
  states[1].available = false;  // down by its health check: the other one is the last
  EXPECT_FALSE(may_eject(half, states, 0));
  states.assign(4, {});
  states[0].ejected = true;
  EXPECT_TRUE(may_eject(half, states, 1));
  states[1].ejected = true;
  EXPECT_FALSE(may_eject(half, states, 2));
  Ejection little;
  little.max_share_percent = 10;
  states.assign(3, {});
  EXPECT_TRUE(may_eject(little, states, 1));
  little.max_share_percent = 0;
  EXPECT_FALSE(may_eject(little, states, 1));
}

/// The rules once more, spelt out flat.
NextAttempt expected_next(const RetryPolicy& p, bool idempotent, std::uint32_t attempt, std::size_t targets,
                          const AttemptEnd& end) {
  const auto* error = std::get_if<Error>(&end);
  const bool connect =
      error != nullptr && error->code == Code::UpstreamUnreachable && error->sent == Sent::Nothing;
  const std::uint16_t status = error != nullptr ? facts(error->code).status : std::get<std::uint16_t>(end);
  const bool about_upstream = error == nullptr || error->code == Code::UpstreamUnreachable ||
                              error->code == Code::UpstreamMalformed || error->code == Code::UpstreamTimeout;
  bool wanted = false;
  if (connect)
    wanted = p.on_connect_failure;
  else if (about_upstream)
    wanted = (error != nullptr && error->code == Code::UpstreamTimeout && p.on_timeout) ||
             (status == 502 && p.on_502) || (status == 503 && p.on_503) || (status == 504 && p.on_504);
  if (!wanted || (!connect && !idempotent)) return NextAttempt::No;
  if (p.attempts == 0) return attempt == 1 && targets >= 2 ? NextAttempt::OtherTarget : NextAttempt::No;
  return attempt < p.attempts ? NextAttempt::AnyTarget : NextAttempt::No;
}

TEST(Retry, EveryCombination) {
  std::vector<AttemptEnd> ends;
  for (std::size_t c = 0; c < kCodeCount; ++c)
    for (const Sent sent : {Sent::Nothing, Sent::HeadOnly, Sent::PartOfBody})
      ends.push_back(Error{static_cast<Code>(c), Fault::Upstream, sent});
  for (const int status : {200, 404, 429, 500, 501, 502, 503, 504, 505})
    ends.push_back(static_cast<std::uint16_t>(status));
  for (unsigned bits = 0; bits < 32; ++bits) {
    RetryPolicy p;
    p.on_connect_failure = (bits & 1) != 0;
    p.on_timeout = (bits & 2) != 0;
    p.on_502 = (bits & 4) != 0;
    p.on_503 = (bits & 8) != 0;
    p.on_504 = (bits & 16) != 0;
    for (std::uint32_t attempts = 0; attempts < 4; ++attempts)
      for (std::uint32_t attempt = 1; attempt < 5; ++attempt)
        for (std::size_t targets = 1; targets < 4; ++targets)
          for (const bool idempotent : {false, true})
            for (const AttemptEnd& end : ends) {
              p.attempts = attempts;
              ASSERT_EQ(may_try_next(p, idempotent, attempt, targets, end),
                        expected_next(p, idempotent, attempt, targets, end));
            }
  }
}

TEST(Retry, ByDefaultOnceMoreElsewhereAfterAConnectFailure) {
  const Error refused{Code::UpstreamUnreachable, Fault::Upstream, Sent::Nothing};
  EXPECT_EQ(may_try_next({}, false, 1, 2, refused), NextAttempt::OtherTarget);
  EXPECT_EQ(may_try_next({}, true, 1, 1, refused), NextAttempt::No);
  EXPECT_EQ(may_try_next({}, true, 2, 3, refused), NextAttempt::No);
  EXPECT_EQ(may_try_next({}, true, 1, 2, std::uint16_t{503}), NextAttempt::No);
}

TEST(Retry, AStaleConnectionIsLeftOnlyWhenNothingCanHaveHappened) {
  EXPECT_TRUE(may_resend_on_fresh(true, Sent::PartOfBody));
  EXPECT_TRUE(may_resend_on_fresh(false, Sent::Nothing));
  EXPECT_FALSE(may_resend_on_fresh(false, Sent::HeadOnly));
}

TEST(Methods, AreIdempotentAsTheRfcSays) {
  std::string text;
  for (const char* m : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PURGE"})
    text += is_idempotent(http::method_of(m)) ? 'y' : 'n';
  EXPECT_EQ(text, "yynyyynyn");
}

TEST(Shares, AreMetInProportion) {
  ToUpstream to{.shares = {{7, 90}, {8, 9}, {9, 1}}, .total_weight = 100};
  Prng random(3);
  std::map<std::uint32_t, int> seen;
  for (int i = 0; i < 100000; ++i) ++seen[choose_share(to, random.next())];
  EXPECT_NEAR(seen[7], 90000, 600);
  EXPECT_NEAR(seen[8], 9000, 500);
  EXPECT_NEAR(seen[9], 1000, 200);
  EXPECT_EQ(choose_share(to, 0), 7u);
  EXPECT_EQ(choose_share(to, ~std::uint64_t{0}), 9u);
}

TEST(Timeouts, OfTheRouteWinOverTheUpstreamsOverDefaults) {
  using std::chrono::seconds;
  Route route;
  Upstream upstream;
  EXPECT_EQ(effective_timeouts(route, upstream).response, seconds(30));
  EXPECT_EQ(effective_timeouts(route, upstream).idle, seconds(60));
  EXPECT_EQ(effective_timeouts(route, upstream).total, std::nullopt);
  route.fallback_timeout = {.response = seconds(1), .idle = seconds(2), .total = seconds(3)};
  EXPECT_EQ(effective_timeouts(route, upstream).response, seconds(1));
  EXPECT_EQ(effective_timeouts(route, upstream).total, seconds(3));
  upstream.response_timeout = seconds(4);
  upstream.idle_timeout = seconds(5);
  EXPECT_EQ(effective_timeouts(route, upstream).response, seconds(4));
  EXPECT_EQ(effective_timeouts(route, upstream).idle, seconds(5));
  route.timeout = {.response = seconds(6), .idle = seconds(7), .total = seconds(8)};
  EXPECT_EQ(effective_timeouts(route, upstream).response, seconds(6));
  EXPECT_EQ(effective_timeouts(route, upstream).idle, seconds(7));
  EXPECT_EQ(effective_timeouts(route, upstream).total, seconds(8));
}

}  // namespace
}  // namespace reeve::policy
