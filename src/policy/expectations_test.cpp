// SPDX-License-Identifier: Apache-2.0
// Requests that were never sent are read, routed and judged like live ones, and the policy's own tests tell
// what did not come out as expected.
#include "policy/expectations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/hypothetical.h"

namespace reeve::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// One route, POST api.example.com/posts, from 203.0.113.0/24, for ann.
struct Office {
  Office() {
    snapshot.zones.push_back({.name = "UTC"});
    snapshot.permissions = {"posts:publish"};
    snapshot.grants = GrantTable(1);
    snapshot.grants.grant(snapshot.grants.add(), 0);
    snapshot.grants.add();
    for (const char* name : {"ann", "bob"}) {
      Caller caller;
      caller.name = name;
      caller.grant = static_cast<std::uint32_t>(snapshot.callers.size());
      snapshot.callers_by_name.push_back(caller.grant);
      snapshot.callers.push_back(caller);
    }
    snapshot.network_lists.push_back(
        {"office", {}, AddressSet({{*IpNetwork::parse("203.0.113.0/24").network, {}}})});
    Route route;
    route.name = "publish";
    route.methods = {"POST"};
    route.acceptance = {.none = false, .key = true};
    route.require = {{0, {}}};
    route.networks = {.restricted = true, .allow = {{0, {}}}};
    route.hours = {{.days = 0x1f}};
    snapshot.routes.push_back(route);
    PathPattern pattern;
    pattern.segments = {{PathPattern::Kind::Literal, "posts", ""}};
    snapshot.route_table.add("api.example.com", pattern, 0, snapshot.routes[0]);
  }
  std::vector<Unmet> unmet(Expectation expectation) {
    snapshot.expectations = {std::move(expectation)};
    return unmet_expectations(snapshot);
  }
  Snapshot snapshot;
};

Expectation of(std::string as, bool allow, std::optional<Code> deny = {}) {
  return {.as = std::move(as),
          .method = "POST",
          .url = "http://api.example.com/posts",
          .allow = allow,
          .deny = deny};
}

TEST(Expectations, ThatHoldAreSilent) {
  Office office;
  EXPECT_THAT(office.unmet(of("ann", true)), IsEmpty());
  EXPECT_THAT(office.unmet(of("bob", false)), IsEmpty());
  EXPECT_THAT(office.unmet(of("bob", false, Code::PermissionMissing)), IsEmpty());
  EXPECT_THAT(office.unmet(of("anonymous", false, Code::CredentialMissing)), IsEmpty());
  Expectation elsewhere = of("ann", false, Code::RouteNotFound);
  elsewhere.url = "https://api.example.com:8443/POSTS?x=1#f";
  EXPECT_THAT(office.unmet(elsewhere), IsEmpty());
  elsewhere.url = "http://other/%zz";
  elsewhere.deny = Code::RequestMalformed;
  EXPECT_THAT(office.unmet(elsewhere), IsEmpty());
}

TEST(Expectations, WithoutAPlaceOrTimePassNetworksAndHours) {
  Office office;
  Expectation expectation = of("ann", false, Code::IpNotAllowed);
  expectation.from = IpAddress::parse("198.51.100.1");
  EXPECT_THAT(office.unmet(expectation), IsEmpty());
  expectation = of("ann", false, Code::OutsideHours);
  expectation.time = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 28));  // a Saturday
  EXPECT_THAT(office.unmet(expectation), IsEmpty());
}

TEST(Expectations, ThatFailSayWhatHappened) {
  Office office;
  ASSERT_EQ(office.unmet(of("ann", false)).size(), 1u);
  EXPECT_THAT(office.unmet(of("ann", false))[0].text, HasSubstr("but it is allowed"));
  EXPECT_THAT(office.unmet(of("bob", true))[0].text, HasSubstr("permission-missing"));
  EXPECT_THAT(office.unmet(of("bob", false, Code::IpBlocked))[0].text,
              HasSubstr("with ip-blocked, but it is refused with permission-missing"));
  Expectation broken = of("ann", true);
  broken.url = "ftp://x/";
  EXPECT_THAT(office.unmet(broken)[0].text, HasSubstr("http://"));
  broken.url = "http:///x";
  EXPECT_THAT(office.unmet(broken)[0].text, HasSubstr("names no host"));
}

TEST(Hypothetical, HeadersReachTheBodyCheckAndCannotBreakOut) {
  Office office;
  office.snapshot.routes[0].body_max = 10;
  Hypothetical large(office.snapshot);
  ASSERT_TRUE(large.prepare({.method = "POST",
                             .url = "http://api.example.com/posts",
                             .headers = {{"Content-Length", "11"}},
                             .any_address = true,
                             .any_time = true}));
  large.as(0);
  Decision decision;
  large.decide(decision);
  EXPECT_EQ(decision.refused_by(), Check::Body);
  Hypothetical split(office.snapshot);
  EXPECT_FALSE(split.prepare({.method = "POST",
                              .url = "http://api.example.com/posts",
                              .headers = {{"X", "a\r\n\r\nPOST / HTTP/1.1"}}}));
}

}  // namespace
}  // namespace reeve::policy
