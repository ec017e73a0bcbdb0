// SPDX-License-Identifier: Apache-2.0
// Golden tables for the sections on access: networks, roles, teams, limits, callers, keys, hours,
// expectations. `§` stands before the place that each finding points at.
#include <gtest/gtest.h>

#include "config/load_test_support.h"

namespace reeve::config {
namespace {

constexpr std::string_view kHash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
constexpr std::string_view kOtherHash =
    "sha256:1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

void expect(std::string_view text, std::string_view rules) {
  const Marked marked(std::string(text) + "\n", rules);
  EXPECT_EQ(checked(marked.yaml), marked.expected) << marked.yaml;
}

/// One route with that in it.
void route(std::string_view rest, std::string_view rules, std::string_view before = "") {
  expect(fmt::format(
             "{}\nroutes: [ {{ name: r, match: {{ path: /a }}, authenticate: [ key ], respond: {{}}, {} }} ]",
             before, rest),
         rules);
}

/// One caller with that in it.
void caller(std::string_view rest, std::string_view rules) {
  expect(
      fmt::format("roles: {{ reader: [ a:b ] }}\nteams: {{ growth: {{}} }}\ncallers: [ {{ name: ann, {} }} ]",
                  rest),
      rules);
}
void key(std::string_view inside, std::string_view rules) {
  caller(fmt::format("keys: [ {{ {} }} ]", inside), rules);
}

TEST(AccessFindings, OfNetworks) {
  expect("networks: { office: [ 203.0.113.0/24, \"2001:db8:1::/48\", 10.0.0.1 ] }", "");
  expect("networks: { office: §[] }", "empty-allow");
  expect("networks: { §-x: [ 10.0.0.1 ], §10.0.0.0/8: [ 10.0.0.1 ] }", "bad-value bad-value");
  expect("networks: { office: [ §10.0.0.1/8, §10.0.0.0/33, §10.0.0 ] }", "bad-value out-of-range bad-value");
  expect("networks: { office: [ 10.0.0.1 ] }\nglobal: { networks: { deny: [ office, 10.0.0.0/8 ] } }", "");
  expect("networks: { office: [ 10.0.0.1 ] }\nglobal: { networks: { deny: [ §ofice ] } }", "unknown-name");
  expect("global: { networks: { allow: §[], deny: [] } }", "empty-allow");
  route("networks: { allow: [ §home, §1.2.3 ], §alow: [] }", "unknown-name bad-value unknown-key");
}

TEST(AccessFindings, OfRolesAndTeams) {
  expect("roles: { reader: [ posts:read, \"posts:*\", \"*\" ] }", "");
  expect("roles: { reader: [ §\"*:read\", §\"a b\" ] }", "bad-value bad-value");
  expect("organisations: { acme: {} }\nteams: { growth: { organisation: acme } }", "");
  expect("organisations: { acme: { §x: 1 } }", "unknown-key");
  expect(
      "teams: { growth: { organisation: §acme, roles: [ §reader ], limits: [ §fast ], admins: [ §ann ] } }",
      "unknown-name unknown-name unknown-name unknown-name");
  expect("teams: { growth: { admins: [ ann ] } }\ncallers: [ { name: ann } ]", "");
}

TEST(AccessFindings, OfLimits) {
  expect(
      "limits: { a: { rate: 100/1m, burst: 20, per: caller }, b: { quota: 5/month, per: [ team, route ], "
      "zone: "
      "Europe/Berlin }, c: { concurrency: 2, per: \"header:X-Tenant\" }, d: { rate: 1/s, per: ip, on: "
      "refused, "
      "dry_run: true } }",
      "");
  expect("limits: { a: { §per: caller } }", "missing-key");
  expect("limits: { a: { §rate: 1/s } }", "missing-key");
  expect("limits: { a: { rate: 1/s, §quota: 1/day, per: ip } }", "bad-value");
  expect("limits: { a: { rate: §fast, per: §user } }", "bad-value bad-value");
  expect("limits: { a: { rate: §0/s, burst: §0, per: ip } }", "out-of-range out-of-range");
  expect("limits: { a: { rate: §1/365d, burst: 1000, per: ip } }", "out-of-range");
  expect("limits: { a: { quota: §5/year, per: ip }, b: { quota: 5/day, per: ip, zone: §Europe/Berlyn } }",
         "bad-value unknown-name");
  expect("limits: { a: { concurrency: 1, per: ip, §burst: 2, §zone: UTC } }", "bad-value bad-value");
  expect(
      "limits: { a: { rate: 1/s, per: caller, on: §refused }, b: { concurrency: 1, per: ip, on: §refused } }",
      "bad-value bad-value");
  expect("limits: { a: { rate: 1/s, per: [ ip, caller, §ip ] } }", "bad-value");
  expect("limits: { a: { §tokens: 5/day, per: ip } }", "not-yet");
  route("limits: [ §a ]", "unknown-name");
}

TEST(AccessFindings, OfCallersAndKeys) {
  caller("team: growth, roles: [ reader ]", "");
  caller("team: §grwth, roles: [ §reder ]", "unknown-name unknown-name");
  caller("§password: x, §certificates: [ { san: a } ]", "not-yet not-yet");
  expect("callers: [ { name: §anonymous }, { name: ann }, { name: §ann } ]", "bad-value duplicate-name");
  expect("callers: [ { §team: x } ]", "missing-key");
  key(fmt::format(
          "id: 7Qd2XkPa, hash: \"{}\", env: test, not_before: 2026-11-01, expires: 2027-01-31T00:00:00Z, "
          "revoked: false",
          kHash),
      "");
  key(fmt::format("id: legacy-1, foreign: \"{}\"", kHash), "");
  key(fmt::format("id: legacy-1, foreign: \"{}\", env: §test", kHash), "bad-value");
  key(fmt::format("id: §legacy-1, hash: \"{}\"", kHash), "bad-value");
  key("id: 7Qd2XkPa, hash: §\"sha256:00\"", "bad-value");
  key("§id: 7Qd2XkPa", "missing-key");
  key(fmt::format("id: 7Qd2XkPa, hash: \"{0}\", §foreign: \"{0}\"", kHash), "bad-value");
  key(fmt::format("id: 7Qd2XkPa, hash: \"{}\", expires: §soon, env: §prod", kHash), "bad-value bad-value");
  key(fmt::format("id: 7Qd2XkPa, hash: \"{}\", not_before: 2027-01-02, expires: §2027-01-01", kHash),
      "bad-value");
  key(fmt::format("id: 7Qd2XkPa, hash: \"{}\", revoked: §perhaps", kHash), "bad-value");
  key(fmt::format("id: 7Qd2XkPa, hash: \"{0}\" }}, {{ id: §7Qd2XkPa, hash: \"{0}\"", kHash),
      "duplicate-name");
  key(fmt::format("id: a, foreign: \"{0}\" }}, {{ id: b, foreign: §\"{0}\" }}, {{ id: c, foreign: \"{1}\"",
                  kHash, kOtherHash),
      "duplicate-name");
}

TEST(AccessFindings, OfRoutes) {
  const std::string_view roles = "roles: { reader: [ \"posts:*\" ] }";
  route("require: [ posts:read ]", "", roles);
  route("require: [ §post:read ]", "unknown-name?", roles);
  route("require: [ §\"*\", §\"posts:*\" ]", "bad-value bad-value", roles);
  route(
      "hours: [ { days: mon-fri, from: \"08:00\", to: \"18:00\", zone: Europe/Berlin }, { days: [ sat, "
      "sun-mon ], "
      "to: \"24:00\" }, {} ]",
      "");
  route("hours: [ { days: §monday, from: §\"24:00\", to: §\"25:00\", zone: §Mars } ]",
        "bad-value bad-value bad-value unknown-name");
  route("hours: [ { from: \"08:00\", to: §\"08:00\" } ]", "bad-value");
  route("body: { types: [ application/json, \"image/*\", §json, §\"*/*\" ] }", "bad-value bad-value");
  route("forward_credential: true, key_in_query: api_key", "");
  route("forward_credential: §maybe", "wrong-type");
  expect(
      "defaults: { authenticate: [ key ], require: [ §a:b ] }\n"
      "routes: [ { name: r, match: { path: / }, respond: {} } ]",
      "unknown-name?");
  expect(
      "defaults: { authenticate: [ §none ], require: [ a, §\"*\" ], networks: { allow: §[] }, hours: [ { "
      "days: §x } "
      "], body: { types: [ §a/*b ] }, key_in_query: §\"a b\" }",
      "none-with-require bad-value empty-allow bad-value bad-value bad-value");
  expect("environment: §prod\ndisclosure: { reasons_to_caller: §all }", "bad-value bad-value");
}

TEST(AccessFindings, OfExpectations) {
  constexpr std::string_view kSite =
      "networks: { office: [ 203.0.113.0/24 ] }\nroles: { w: [ p:w ] }\ncallers: [ { name: ann, roles: [ w ] "
      "}, { name: "
      "bob } ]\nroutes: [ { name: r, match: { path: /posts, methods: [ POST ] }, authenticate: [ key ], "
      "require: [ p:w ], "
      "networks: { allow: [ office ] }, respond: {} } ]\n";
  const auto site = [&](std::string_view entry, std::string_view rules) {
    expect(fmt::format("{}expect: [ {{ {} }} ]", kSite, entry), rules);
  };
  site("as: ann, request: \"POST http://h/posts\", allow: true", "");
  site("as: ann, from: 203.0.113.9, at: 2026-11-24T10:00:00Z, request: \"POST http://h/posts\", allow: true",
       "");
  site("as: bob, request: \"POST http://h/posts\", deny: permission-missing", "");
  site("request: \"GET http://h/posts\", deny: method-not-allowed", "");
  site("§as: bob, request: \"POST http://h/posts\", allow: true", "expect-failed");
  site("§as: ann, from: 198.51.100.1, request: \"POST http://h/posts\", allow: true", "expect-failed");
  site("§request: \"POST http://h/posts\"", "missing-key");
  site("request: \"POST http://h/posts\", allow: §false", "bad-value");
  site("request: \"POST http://h/posts\", deny: §client-closed", "bad-value");
  site("as: §carl, from: §here, at: §now, request: §posts, deny: §forbidden",
       "unknown-name bad-value bad-value bad-value bad-value");
  site("§request: \"POST http://h/posts\", allow: true, deny: true", "bad-value");
}

}  // namespace
}  // namespace reeve::config
