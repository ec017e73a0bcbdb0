// SPDX-License-Identifier: Apache-2.0
#include "config/audit/audit_test_support.h"

namespace reeve::config::audit {
namespace {

std::string hours(std::string_view window) {
  return fmt::format(
      "routes: [ {{ name: a, match: {{ path: /a }}, authenticate: [ none ], respond: {{}}, hours: [ {} ] }} "
      "]\n",
      window);
}

TEST(AuditHours, AWindowInASkippedHour) {
  // The clocks go forward on Sunday, 28 March 2027, at 02:00.
  expect(kHoursSkipped, hours("§{ from: \"02:00\", to: \"03:00\", zone: Europe/Berlin }"));
  expect(kHoursSkipped, hours("§{ days: sun, from: \"02:15\", to: \"02:45\", zone: Europe/Berlin }"));
  expect(kHoursSkipped, hours("{ days: mon-sat, from: \"02:15\", to: \"02:45\", zone: Europe/Berlin }"));
  expect(kHoursSkipped, hours("{ days: sun, from: \"01:59\", to: \"02:45\", zone: Europe/Berlin }"));
  expect(kHoursSkipped, hours("{ days: sun, from: \"02:15\", to: \"03:01\", zone: Europe/Berlin }"));
  expect(kHoursSkipped, hours("{ from: \"02:15\", to: \"02:45\", zone: UTC }"));
  expect(kHoursSkipped, hours("{ from: \"02:15\", to: \"02:00\", zone: Europe/Berlin }"));
  const std::string text =
      text_of(kHoursSkipped, hours("{ from: \"02:00\", to: \"03:00\", zone: Europe/Berlin }"));
  EXPECT_NE(text.find("on 2027-03-28 the clock in Europe/Berlin goes from 02:00 to 03:00"), std::string::npos)
      << text;
}

TEST(AuditHours, AWindowWithoutAZone) {
  expect(kHoursWithoutZone, hours("§{ from: \"08:00\", to: \"18:00\" }, { from: \"20:00\", zone: UTC }"));
  expect(kHoursWithoutZone, hours("{ from: \"08:00\", to: \"18:00\", zone: Europe/Berlin }"));
  EXPECT_NE(text_of(kHoursWithoutZone, hours("{ from: \"22:00\", to: \"06:00\" }")).find("past midnight"),
            std::string::npos);
}

/// A route and a caller of a team, with these limits.
std::string limits(std::string_view declared, std::string_view of_route, std::string_view of_team = "",
                   std::string_view of_caller = "", std::string_view of_all = "") {
  return fmt::format(
      "limits: {{ {} }}\nglobal: {{ limits: [ {} ] }}\nteams: {{ t: {{ limits: [ {} ] }} }}\n"
      "routes: [ {{ name: a, match: {{ path: /a }}, authenticate: [ key ], respond: {{}}, limits: [ {} ] }} "
      "]\n"
      "callers: [ {{ name: c, team: t, limits: [ {} ] }} ]\n",
      declared, of_all, of_team, of_route, of_caller);
}

TEST(AuditLimits, OneThatAnotherComesBefore) {
  const std::string_view day = "one: { quota: 100/day, per: caller }, all: { quota: 100/day, per: team }";
  expect(kLimitNeverBites, limits(day, "§one, all"));
  expect(kLimitNeverBites, limits(day, "", "§one, all"));
  expect(kLimitNeverBites, limits(day, "", "all", "§one"));
  expect(kLimitNeverBites, limits(day, "§one", "", "", "all"));
  // Which counts more requests than the other may be exhausted first.
  expect(kLimitNeverBites, limits(day, "all", "", "", "one"));
  expect(kLimitNeverBites, limits(day, "one", "all"));
  expect(kLimitNeverBites, limits(day, "one, all", "", "one"));
  expect(kLimitNeverBites,
         limits("one: { quota: 99/day, per: caller }, all: { quota: 100/day, per: team }", "one, all"));
  expect(kLimitNeverBites,
         limits("one: { quota: 100/hour, per: caller }, all: { quota: 100/month, per: organisation }",
                "§one, all"));
  expect(kLimitNeverBites,
         limits("one: { quota: 100/week, per: caller }, all: { quota: 100/month, per: caller }", "one, all"));
  expect(
      kLimitNeverBites,
      limits("one: { quota: 100/day, per: caller, zone: Europe/Berlin }, all: { quota: 9/day, per: caller }",
             "one, all"));
  expect(kLimitNeverBites,
         limits("one: { quota: 100/day, per: ip }, all: { quota: 9/day, per: caller }", "one, all"));
  expect(kLimitNeverBites,
         limits("one: { quota: 9/day, per: [ caller, route ] }, all: { quota: 9/day, per: caller }",
                "§one, all"));
  expect(kLimitNeverBites,
         limits("one: { quota: 100/day, per: caller }, all: { quota: 9/day, per: caller, dry_run: true }",
                "one, all"));
}

TEST(AuditLimits, OfEveryKindAndOneOfTwoThatAreAlike) {
  expect(
      kLimitNeverBites,
      limits("a: { rate: 60/1m, burst: 5, per: caller }, b: { rate: 1/1s, burst: 5, per: caller }", "a, §b"));
  expect(
      kLimitNeverBites,
      limits("a: { rate: 60/1m, burst: 5, per: caller }, b: { rate: 1/1s, burst: 4, per: caller }", "§a, b"));
  expect(
      kLimitNeverBites,
      limits("a: { rate: 120/1m, burst: 5, per: caller }, b: { rate: 1/1s, burst: 6, per: caller }", "a, b"));
  expect(kLimitNeverBites,
         limits("a: { concurrency: 5, per: caller }, b: { concurrency: 5, per: team }", "§a, b"));
}

TEST(AuditLimits, AQuotaBelowOneBurst) {
  const auto file = [](int burst) {
    return limits(
        fmt::format("r: {{ rate: 1/1s, burst: {}, per: caller }}, q: {{ quota: 50/day, per: caller }}",
                    burst),
        burst > 50 ? "r, §q" : "r, q");
  };
  expect(kQuotaBelowBurst, file(51));
  expect(kQuotaBelowBurst, file(50));
}

TEST(AuditLimits, OnesThatCountForMoreThanItSeems) {
  expect(kRefusedLimitShared, limits("§k: { rate: 20/1m, per: ip, on: refused }", "k"));
  expect(kRefusedLimitShared, limits("k: { rate: 20/1m, per: ip, on: refused, dry_run: true }", "k"));
  expect(kRefusedLimitShared, limits("k: { rate: 20/1m, per: ip }", "k"));
  const auto open = [](std::string_view per, std::string_view list) {
    return fmt::format(
        "limits: {{ a: {{ rate: 1/s, per: {} }} }}\nroutes: [ {{ name: a, match: {{ path: /a }}, "
        "authenticate: [ none ], respond: {{}}, limits: [ {} ] }} ]\n",
        per, list);
  };
  expect(kLimitCountsAddresses, open("caller", "§a"));
  expect(kLimitCountsAddresses, open("[ route, team ]", "§a"));
  expect(kLimitCountsAddresses, open("ip", "a"));
  expect(kLimitCountsAddresses, limits("a: { rate: 1/s, per: caller }", "a"));
}

}  // namespace
}  // namespace reeve::config::audit
