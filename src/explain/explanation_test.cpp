// SPDX-License-Identifier: Apache-2.0
// The document of contract 5, member by member, from decisions that policy::decide made.
#include "explain/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/reader.h"
#include "policy/hypothetical.h"

namespace reeve::explain {
namespace {

using ::testing::HasSubstr;

struct Site {
  Site() {
    snapshot.files = {"reeve.yaml"};
    snapshot.hash = "cafe";
    snapshot.zones.push_back({.name = "UTC"});
    snapshot.permissions = {"posts:publish"};
    snapshot.grants = policy::GrantTable(1);
    snapshot.grants.add();
    snapshot.roles.push_back({"reader", {0, 12, 3}, {}});
    snapshot.caller_roles.push_back({0, {0, 60, 45}});
    snapshot.callers.push_back({.name = "ann", .roles_begin = 0, .roles_count = 1});
    snapshot.callers_by_name = {0};
    snapshot.limits.push_back(
        {.name = "posting", .at = {0, 20, 3}, .kind = policy::LimitKind::Rate, .burst = 5});
    snapshot.network_lists.push_back(
        {"office", {}, policy::AddressSet({{*IpNetwork::parse("203.0.113.0/24").network, {}}})});
    policy::Route route;
    route.name = "publish";
    route.at = {0, 44, 5};
    route.acceptance = {.none = false, .key = true, .at = {0, 47, 19}};
    route.require = {{0, {0, 49, 16}}};
    route.networks = {.restricted = true, .allow = {{0, {}}}, .allow_at = {0, 48, 24}};
    route.limits = {{0, {0, 50, 15}}};
    snapshot.routes.push_back(route);
    policy::PathPattern pattern;
    pattern.segments = {{policy::PathPattern::Kind::Literal, "posts", ""}};
    snapshot.route_table.add("", pattern, 0, snapshot.routes[0]);
  }

  std::string explain(std::string_view from, std::string_view path = "/posts") {
    policy::Hypothetical request(snapshot);
    EXPECT_TRUE(request.prepare({.method = "POST",
                                 .url = "http://h" + std::string(path),
                                 .headers = {},
                                 .from = IpAddress::parse(from)}));
    request.as(0);
    policy::Decision decision;
    request.decide(decision);
    policy::Standings standings;
    if (full)
      standings.push_back({.limit = 0, .exhausted = true, .resets_at = WallTime(std::chrono::seconds(60))});
    const Refused of{snapshot, request.facts(), decision, standings, request.flaw()};
    Explanation explanation;
    explanation.configuration_hash = snapshot.hash;
    explanation.request = {.method = std::string(request.head().method_text),
                           .host = std::string(request.host()),
                           .path = std::string(request.path()),
                           .client_ip = std::string(from),
                           .client_ip_source = "given"};
    explanation.caller = caller_shown(of);
    explanation.judged = judged(of);
    std::string out;
    json::Writer writer(out);
    write_json(explanation, writer);
    return out;
  }

  policy::Snapshot snapshot;
  bool full = false;
};

const json::Value& check_of(const json::Value& document, std::string_view name) {
  for (const json::Value& check : document["checks"].items())
    if (check["check"].string() == name) return check;
  ADD_FAILURE() << "no check " << name;
  return document;
}

TEST(Explanation, ShowsEveryCheckWithWhatItSawAndWantedAndItsPlace) {
  Site site;
  const auto parsed = json::parse(site.explain("198.51.100.7"));
  ASSERT_TRUE(parsed);
  const json::Value& document = *parsed;
  EXPECT_TRUE(document["decision"].is_null());
  EXPECT_EQ(document["outcome"].string(), "deny");
  EXPECT_EQ(document["code"].string(), "ip-not-allowed");
  EXPECT_EQ(document["status"].integer(), 403);
  EXPECT_EQ(document["configuration"]["hash"].string(), "cafe");
  EXPECT_EQ(document["request"]["path"].string(), "/posts");
  EXPECT_EQ(document["caller"]["name"].string(), "ann");
  EXPECT_EQ(document["caller"]["roles"].items()[0]["from"].string(), "reeve.yaml:60:45");
  EXPECT_EQ(document["route"]["at"].string(), "reeve.yaml:44:5");
  ASSERT_EQ(document["checks"].items().size(), kCheckCount);
  for (std::size_t i = 0; i < kCheckCount; ++i)
    EXPECT_EQ(document["checks"].items()[i]["check"].string(), name(static_cast<Check>(i)));
  const json::Value& network = check_of(document, "route_network");
  EXPECT_EQ(network["result"].string(), "fail");
  EXPECT_EQ(network["saw"].string(), "198.51.100.7");
  EXPECT_EQ(network["wanted"].string(), "office");
  EXPECT_EQ(network["at"].string(), "reeve.yaml:48:24");
  EXPECT_EQ(check_of(document, "permission")["at"].string(), "reeve.yaml:49:16");
  EXPECT_EQ(check_of(document, "credential")["saw"].string(), "assumed");
  EXPECT_EQ(check_of(document, "rate")["result"].string(), "depends");
  EXPECT_EQ(check_of(document, "rate")["at"].string(), "reeve.yaml:50:15");
  EXPECT_EQ(check_of(document, "rate")["defined"].string(), "reeve.yaml:20:3");
  EXPECT_EQ(check_of(document, "quarantine")["result"].string(), "skipped");
}

TEST(Explanation, DependsOnlyWhenACounterIsFullAndAllElsePasses) {
  Site site;
  site.snapshot.grants.grant(0, 0);
  EXPECT_THAT(site.explain("203.0.113.9"), HasSubstr(R"("outcome":"allow","status":null,"code":null)"));
  site.full = true;
  EXPECT_THAT(site.explain("203.0.113.9"), HasSubstr(R"("outcome":"depends")"));
  EXPECT_THAT(site.explain("203.0.113.9"), HasSubstr(R"("left":0,"resets_at":"1970-01-01T00:01:00Z")"));
  EXPECT_THAT(site.explain("198.51.100.7"), HasSubstr(R"("outcome":"deny")"));
}

TEST(Explanation, OfARequestWithoutARouteLeavesLaterChecksUnknown) {
  Site site;
  const auto parsed = json::parse(site.explain("203.0.113.9", "/nothing"));
  ASSERT_TRUE(parsed);
  EXPECT_TRUE((*parsed)["route"].is_null());
  EXPECT_EQ((*parsed)["code"].string(), "route-not-found");
  EXPECT_EQ(check_of(*parsed, "credential")["result"].string(), "unknown");
}

}  // namespace
}  // namespace reeve::explain
