// SPDX-License-Identifier: Apache-2.0
#include "config/audit/audit_test_support.h"

namespace reeve::config::audit {
namespace {

/// Two roles, one route for each, and these callers.
std::string callers(std::string_view list) {
  return fmt::format(
      "roles: {{ reader: [ posts:read ], publisher: [ posts:read, posts:publish ] }}\n"
      "teams: {{ press: {{ roles: [ publisher ] }} }}\n"
      "defaults: {{ authenticate: [ key ] }}\n"
      "routes:\n"
      "  - {{ name: read, match: {{ path: /posts, methods: [ GET ] }}, require: [ posts:read ], respond: "
      "{{}} }}\n"
      "  - {{ name: publish, match: {{ path: /posts, methods: [ POST ] }}, require: [ posts:publish ], "
      "respond: {{}} }}\n"
      "callers: [ {} ]\n",
      list);
}

/// The same with a mark before what `publish` requires.
std::string callers_marked(std::string_view list) {
  std::string text = callers(list);
  text.insert(text.rfind("posts:publish"), "§");
  return text;
}

TEST(AuditCallers, APermissionThatNobodyHolds) {
  const std::string rob = fmt::format("{{ name: rob, roles: [ reader ], keys: [ {} ] }}", key("RobReads"));
  expect(kPermissionNobodyHolds, callers_marked(rob));
  const std::string text = text_of(kPermissionNobodyHolds, callers(rob));
  EXPECT_NE(text.find("`POST http://localhost/posts`"), std::string::npos) << text;
  EXPECT_NE(text.find("reeve.yaml:1:34"), std::string::npos) << text;
  // By itself, by its team; not with a key that has expired.
  expect(kPermissionNobodyHolds,
         callers(fmt::format("{{ name: ann, roles: [ publisher ], keys: [ {} ] }}", key("AnnWrite"))));
  expect(kPermissionNobodyHolds,
         callers(fmt::format("{{ name: ann, team: press, keys: [ {} ] }}", key("AnnWrite"))));
  expect(kPermissionNobodyHolds,
         callers_marked(rob + fmt::format(", {{ name: ann, team: press, keys: [ {} ] }}",
                                          key("AnnWrite", ", expires: 2026-01-31"))));
  // As long as nobody has a key, they are still to be made.
  expect(kPermissionNobodyHolds, callers("{ name: ann, team: press }"));
  // One that no role grants is the loader's finding, once.
  const std::string ungranted =
      "routes: [ { name: a, match: { path: /a }, authenticate: [ key ], require: [ a:b ], respond: {} } ]\n";
  expect(kPermissionNobodyHolds, ungranted);
  EXPECT_EQ(told(audited(ungranted, false)), "unknown-name? 1:77");
}

TEST(AuditCallers, AWildcardHolds) {
  expect(
      kPermissionNobodyHolds,
      fmt::format("roles: {{ all: [ \"posts:*\" ] }}\n"
                  "routes: [ {{ name: a, match: {{ path: /a }}, authenticate: [ key ], require: [ posts:x ], "
                  "respond: {{}} }} ]\n"
                  "callers: [ {{ name: ann, roles: [ all ], keys: [ {} ] }} ]\n",
                  key("AnnWrite")));
}

TEST(AuditCallers, ACallerThatReachesNothing) {
  expect(kCallerReachesNothing, callers(fmt::format("{{ §name: eve, keys: [ {} ] }}", key("EveNoRol"))));
  expect(kCallerReachesNothing,
         callers(fmt::format("{{ name: eve, team: press, keys: [ {} ] }}", key("EveNoRol"))));
  // Of two that are alike each is told; who has no key is told that instead.
  expect(
      kCallerReachesNothing,
      callers(fmt::format("{{ §name: eve, keys: [ {} ] }}, {{ §name: max, keys: [ {} ] }}, {{ name: old }}",
                          key("EveNoRol"), key("MaxNoRol"))));
  expect(kCallerReachesNothing,
         fmt::format("routes: [ {{ name: a, match: {{ path: /a }}, authenticate: [ none ], "
                     "respond: {{}} }} ]\ncallers: [ {{ §name: eve, keys: [ {} ] }} ]\n",
                     key("EveNoRol")));
}

TEST(AuditCallers, ACallerWhoseNetworksReachNothing) {
  const auto file = [](std::string_view networks, std::string_view more) {
    return fmt::format(
        "roles: {{ r: [ a:b ] }}\n"
        "defaults: {{ authenticate: [ key ] }}\n"
        "routes:\n"
        "  - {{ name: a, match: {{ path: /a }}, require: [ a:b ], networks: {{ allow: [ 10.0.0.0/8 ] }}, "
        "respond: {{}} }}\n"
        "{}callers: [ {{ name: ann, roles: [ r ], networks: {}, keys: [ {} ] }} ]\n",
        more, networks, key("AnnWrite"));
  };
  expect(kCallerReachesNothing, file("{ allow: §[ 192.0.2.0/24 ] }", ""));
  expect(kCallerReachesNothing, file("{ allow: [ 192.0.2.0/24, 10.1.0.0/16 ] }", ""));
  expect(kCallerReachesNothing, file("{ deny: [ §10.0.0.0/8 ] }", ""));
  expect(kCallerReachesNothing, file("{ deny: [ 10.0.0.0/9 ] }", ""));
  // Something it reaches, and something that it never will.
  const std::string_view open = "  - { name: b, match: { path: /b }, respond: {} }\n";
  expect(kCallerReachesNothing, file("{ allow: [ 192.0.2.0/24 ] }", open));
  expect(kNetworkConjunctionEmpty, file("{ allow: §[ 192.0.2.0/24 ] }", open));
  expect(kNetworkConjunctionEmpty, file("{ allow: [ 10.9.0.0/16 ] }", open));
}

TEST(AuditCallers, KeysThatWorkNoMore) {
  const auto caller = [](std::string_view keys) {
    return callers(
        fmt::format("{{ §name: ann, roles: [ publisher ], keys: [ {} ] }}, {{ name: rob, roles: [ "
                    "reader ], keys: [ {} ] }}",
                    keys, key("RobReads")));
  };
  const auto unmarked = [&](std::string_view keys) {
    std::string text = caller(keys);
    text.erase(text.find("§"), 2);
    return text;
  };
  const std::string old = key("AnnOld25", ", expires: 2026-01-31");
  expect(kCallerLockedOut, caller(old));
  expect(kCallerLockedOut, caller(key("AnnOld25", ", expires: 2026-11-24T10:00:00Z")));
  expect(kCallerLockedOut, unmarked(key("AnnOld25", ", expires: 2026-11-24T10:00:01Z")));
  expect(kCallerLockedOut, unmarked(old + ", " + key("AnnWrite")));
  expect(kCallerLockedOut, unmarked(old + ", " + key("AnnWrite", ", not_before: 2027-01-01")));
  expect(kCallerLockedOut, unmarked(key("AnnOld25", ", expires: 2026-01-31, revoked: true")));

  expect(kCallerWithoutKey, caller(""));
  expect(kCallerWithoutKey, caller(key("AnnWrite", ", revoked: true")));
  expect(kCallerWithoutKey, caller(key("AnnWrite", ", revoked: 2026-11-01")));
  expect(kCallerWithoutKey, caller(key("AnnWrite", ", env: test")));
  expect(kCallerWithoutKey, unmarked(key("AnnWrite", ", revoked: 2026-12-01")));
  expect(kCallerWithoutKey, unmarked(old));
}

TEST(AuditCallers, NobodyHasAKey) {
  const std::string file =
      "routes: [ { name: a, match: { path: /a }, authenticate: §[ key ], respond: {} } ]\ncallers: [ { name: "
      "ann } ]\n";
  expect(kNobodyHasAKey, file);
  EXPECT_EQ(told(audited(Marked(file, "x").yaml)), "nobody-has-a-key 1:57");
  expect(kNobodyHasAKey, callers(fmt::format("{{ name: ann, keys: [ {} ] }}", key("AnnWrite"))));
  expect(kNobodyHasAKey,
         "routes: [ { name: a, match: { path: /a }, authenticate: [ none ], respond: {} } ]\n");
}

TEST(AuditCallers, AKeyThatExpiresSoon) {
  const auto keys = [](std::string_view list) {
    return callers(fmt::format("{{ name: ann, roles: [ publisher ], keys: [ {} ] }}", list));
  };
  expect(kKeyExpiring, keys(key("AnnWrite", ", expires: §2026-12-24T10:00:00Z")));
  expect(kKeyExpiring, keys(key("AnnWrite", ", expires: 2026-12-24T10:00:01Z")));
  expect(kKeyExpiring, keys(key("AnnWrite", ", expires: 2026-12-01") + ", " + key("AnnNext1")));
  expect(kKeyExpiring,
         keys(key("AnnWrite", ", expires: 2026-12-01") + ", " + key("AnnNext1", ", expires: §2026-12-02")));
  // Somebody has said so.
  expect(kKeyExpiring, keys(key("AnnWrite", ", expires: 2026-12-02, revoked: 2026-12-01")));
}

TEST(AuditCallers, AnExpiredKeyBesideAGoodOne) {
  const auto keys = [](std::string_view list) {
    return callers(fmt::format("{{ name: ann, roles: [ publisher ], keys: [ {} ] }}", list));
  };
  expect(kKeyExpired, keys(key("AnnWrite") + ", " + key("AnnOld25", ", expires: §2026-01-31")));
  expect(kKeyExpired, keys(key("AnnWrite")));
}

TEST(AuditCallers, AGrantThatOpensNothing) {
  const auto file = [](std::string_view granted) {
    return fmt::format(
        "roles: {{ r: [ {} ] }}\nroutes: [ {{ name: a, match: {{ path: /a }}, authenticate: [ key ], "
        "require: [ a:b, "
        "a:c ], respond: {{}} }} ]\n",
        granted);
  };
  expect(kGrantOpensNothing, file("a:b, §a:d, \"a:*\", §\"b:*\", \"*\", §a, §\"a:c:*\", \"a:c*\""));
  expect(kGrantOpensNothing, file("a:b, a:c"));
}

TEST(AuditCallers, AThousandAlikeAreToldShortly) {
  std::string list;
  for (int i = 0; i < 1000; ++i)
    list += fmt::format("{}{{ name: c{}, keys: [ {} ] }}", i == 0 ? "" : ",\n  ", i,
                        key(fmt::format("K{:07}", i)));
  const std::string found = told_by(kCallerReachesNothing, audited(callers(list)));
  EXPECT_EQ(std::ranges::count(found, '?'), 51);
  EXPECT_NE(found.find("57:"), std::string::npos) << found;
}

}  // namespace
}  // namespace reeve::config::audit
