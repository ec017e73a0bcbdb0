// SPDX-License-Identifier: Apache-2.0
#include "config/audit/audit_test_support.h"
#include "crypto/pem.h"
#include "tests/support/tls_fixture.h"

namespace reeve::config::audit {
namespace {

constexpr std::string_view kUpstream = "upstreams: { up: { targets: [ \"http://127.0.0.1:9000\" ] } }\n";

/// One route with that in it.
std::string route(std::string_view rest, std::string_view match = "path: /a") {
  return fmt::format("{}routes: [ {{ name: a, match: {{ {} }}, {} }} ]\n", kUpstream, match, rest);
}
/// Routes, one a line: what of each is in `match`, and the rest.
std::string routes(std::initializer_list<std::pair<std::string_view, std::string_view>> list) {
  std::string text = "routes:\n";
  char name = 'a';
  for (const auto& [match, rest] : list)
    text += fmt::format("  - {{ name: {}, match: {{ {} }}, respond: {{}}, {} }}\n", name++, match, rest);
  return text;
}
constexpr std::string_view kKey = "authenticate: [ key ]";
constexpr std::string_view kNone = "authenticate: [ none ]";

TEST(AuditRoutes, AKeyInTheQuery) {
  expect(kKeyInQuery, route("authenticate: [ key ], respond: {}, key_in_query: §true"));
  expect(kKeyInQuery, route("authenticate: [ key ], respond: {}, key_in_query: §token"));
  expect(kKeyInQuery, route("authenticate: [ key ], respond: {}, key_in_query: false"));
  expect(kKeyInQuery, route("authenticate: [ none ], respond: {}, key_in_query: true"));
  // A default of many routes is one place.
  expect(kKeyInQuery, "defaults: { authenticate: [ key ], key_in_query: §true }\n" +
                          routes({{"path: /a", "hidden: false"}, {"path: /b", "hidden: false"}}));
}

TEST(AuditRoutes, OpenOnes) {
  expect(kOpenRoute, route("authenticate: [ none ], upstream: up", "path: /a, methods: §[ GET, POST ]"));
  expect(kOpenRoute, route("authenticate: [ none ], upstream: up"));
  expect(kOpenRoute, route("authenticate: [ none ], upstream: up", "path: /a, methods: [ GET, OPTIONS ]"));
  expect(kOpenRoute, route("authenticate: [ key ], upstream: up"));
  expect(kOpenRoute, route("authenticate: [ none ], respond: {}"));
  expect(kOpenRoute, route("authenticate: [ none ], upstream: up, networks: { allow: [ 10.0.0.0/8 ] }"));

  expect(kNoneBesideOthers, route("authenticate: §[ key, none ], respond: {}"));
  expect(kNoneBesideOthers, route("authenticate: [ none ], respond: {}"));
}

TEST(AuditRoutes, CorsThatBrowsersCannotUse) {
  expect(kCorsMethodGap,
         route("authenticate: [ key ], respond: {}, cors: { origins: [ \"https://a.example\" ], methods: §[ "
               "GET, PUT ] }",
               "path: /a, methods: [ GET ]"));
  expect(kCorsMethodGap,
         route("authenticate: [ key ], respond: {}, cors: { origins: [ \"https://a.example\" ], methods: [ "
               "GET, HEAD ] }",
               "path: /a, methods: [ GET ]"));
  expect(kCorsMethodGap,
         route("authenticate: [ key ], respond: {}, cors: { origins: [ \"https://a.example\" ], methods: [ "
               "PUT ] }"));
  expect(kCorsMethodGap,
         route("authenticate: [ key ], respond: {}, cors: { origins: [ \"*\" ], methods: [ \"*\" ] }",
               "path: /a, methods: [ GET ]"));
  // The method is another route's, and that one has cors, or not.
  const std::string_view with = "authenticate: [ key ], cors: { origins: [ \"*\" ], methods: [ GET, PUT ] }";
  expect(kCorsMethodGap,
         routes({{"path: /a, methods: [ GET ]", with}, {"path: /a, methods: [ PUT ]", with}}));
  expect(kCorsMethodGap,
         routes({{"path: /a, methods: [ GET ]",
                  "authenticate: [ key ], cors: { origins: [ \"*\" ], methods: §[ GET, PUT ] }"},
                 {"path: /a, methods: [ PUT ]", kKey}}));

  expect(kCorsOnHidden,
         route("authenticate: [ key ], respond: {}, hidden: true, cors: §{ origins: [ \"*\" ] }"));
  expect(kCorsOnHidden, route("authenticate: [ key ], respond: {}, cors: { origins: [ \"*\" ] }"));
  expect(kCorsOnHidden, route("authenticate: [ key ], respond: {}, hidden: true"));
}

TEST(AuditRoutes, SwitchedOff) {
  expect(kRouteDisabled, route("authenticate: [ key ], respond: {}, enabled: §false"));
  expect(kRouteDisabled, route("authenticate: [ key ], respond: {}, enabled: true"));
  expect(kRouteInMaintenance,
         route("authenticate: [ key ], respond: {}, maintenance: §{ retry_after: 10m }"));
  expect(kRouteInMaintenance, route("authenticate: [ key ], respond: {}"));
}

TEST(AuditPaths, ATrailingSlash) {
  expect(kTrailingSlashGap, routes({{"path: §\"/a/{r...}\"", kKey}}));
  expect(kTrailingSlashGap, routes({{"path: §/a/", kKey}}));
  expect(kTrailingSlashGap, routes({{"path: [ /a, \"/a/{r...}\" ]", kKey}}));
  expect(kTrailingSlashGap, routes({{"path: \"/a/{r...}\"", kKey}, {"path: \"/{x}\"", kKey}}));
  expect(kTrailingSlashGap, routes({{"path: /a", kKey}, {"path: /", kKey}, {"path: \"/{r...}\"", kKey}}));
  EXPECT_NE(text_of(kTrailingSlashGap, routes({{"host: api.example.com, path: \"/a/{r...}\"", kKey}}))
                .find("`GET http://api.example.com/a`"),
            std::string::npos);
}

TEST(AuditPaths, TwoThatLookAlike) {
  expect(kPathVariantDiffers, routes({{"path: /admin", kKey}, {"path: §/Admin", kNone}}));
  expect(kPathVariantDiffers, routes({{"path: /admin", kKey}, {"path: §/admin/", kNone}}));
  expect(kPathVariantDiffers,
         routes({{"path: \"/a/{x}\"", kKey},
                 {"path: §\"/A/{y}\"", "authenticate: [ key ], networks: { allow: [ 10.0.0.1 ] }"}}));
  expect(kPathVariantDiffers, routes({{"path: /admin", kKey}, {"path: /Admin", kKey}}));
  expect(kPathVariantDiffers, routes({{"path: /admin", kKey}, {"path: /admins", kNone}}));
  expect(kPathVariantDiffers,
         routes({{"path: /admin, methods: [ GET ]", kKey}, {"path: /Admin, methods: [ POST ]", kNone}}));
  expect(kPathVariantDiffers,
         routes({{"path: /admin, host: a.example", kKey}, {"path: /Admin, host: b.example", kNone}}));
  // The second of the first spelling's routes has the method.
  expect(kPathVariantDiffers, routes({{"path: /admin, methods: [ GET ]", kKey},
                                      {"path: /admin, methods: [ POST ]", kKey},
                                      {"path: §/Admin, methods: [ POST ]", kNone}}));
}

TEST(AuditPaths, AMethodThatABroaderRouteTakes) {
  expect(kMethodGap,
         routes({{"path: \"/a/{r...}\"", kKey}, {"path: \"/a/b/{x}\", methods: §[ GET ]", kKey}}));
  expect(kMethodGap, routes({{"path: \"/a/{x}\", methods: [ GET, POST ]", kKey},
                             {"path: /a/b, methods: §[ GET ]", kKey}}));
  expect(kMethodGap,
         routes({{"path: \"/a/{x}\", methods: [ GET ]", kKey}, {"path: /a/b, methods: [ GET ]", kKey}}));
  expect(kMethodGap, routes({{"path: \"/a/{r...}\"", kKey}, {"path: /b/c, methods: [ GET ]", kKey}}));
  expect(kMethodGap,
         routes({{"path: \"/a/{r...}\", host: a.example", kKey}, {"path: /a/c, methods: [ GET ]", kKey}}));
  expect(kMethodGap, routes({{"path: \"/a/{r...}\"", kKey},
                             {"path: /a/b, methods: [ GET, DELETE, PATCH ]", kKey},
                             {"path: /a/b, methods: [ POST, PUT ]", kKey}}));
  const std::string text = text_of(
      kMethodGap, routes({{"path: \"/a/{r...}\"", kKey}, {"path: \"/a/b/{x}\", methods: [ GET ]", kKey}}));
  EXPECT_NE(text.find("`POST http://localhost/a/b/x` is answered 405"), std::string::npos) << text;
  EXPECT_NE(text.find("reeve.yaml:2:"), std::string::npos) << text;
}

std::string upstream(std::string_view target, std::string_view rest, std::string_view tls = "") {
  return fmt::format(
      "upstreams: {{ up: {{ targets: [ \"{}\" ]{} }} }}\nroutes: [ {{ name: a, match: {{ path: /a }}, "
      "upstream: up, {} }} ]\n",
      target, tls, rest);
}

TEST(AuditTransport, ACredentialOverPlainHttp) {
  const std::string_view forwards = "authenticate: [ key ], forward_credential: §true";
  const std::string_view same = "authenticate: [ key ], forward_credential: true";
  expect(kCredentialInClear, upstream("http://posts.example.com", forwards));
  expect(kCredentialInClear, upstream("http://203.0.113.9:80", forwards));
  expect(kCredentialInClear, upstream("http://[2001:db8::1]:80", forwards));
  for (const std::string_view near :
       {"https://posts.example.com", "http://127.0.0.1:9000", "http://[::1]:9000", "http://10.0.0.7",
        "http://[fd00::1]", "http://posts:9000", "http://posts.default.svc.cluster.local",
        "unix:/run/posts.sock"})
    expect(kCredentialInClear, upstream(near, same));
  expect(kCredentialInClear, upstream("http://posts.example.com", kKey));
  expect(kCredentialInClear, upstream("http://posts.example.com",
                                      "authenticate: [ none ], headers: { request: { set: { X-A: b, "
                                      "§Authorization: \"Bearer abc\" } } }"));
  expect(
      kCredentialInClear,
      upstream("http://posts.example.com",
               "authenticate: [ none ], headers: { request: { set: { Authorization: \"${client.ip}\" } } }"));
}

TEST(AuditTransport, ACertificateThatNobodyVerifies) {
  expect(kUpstreamUnverified, upstream("https://posts.internal", kKey, ", tls: { verify: §false }"));
  expect(kUpstreamUnverified, upstream("https://posts.internal", kKey, ", tls: { verify: true }"));
  expect(kUpstreamUnverified, upstream("https://127.0.0.1:9443", kKey, ", tls: { verify: false }"));
  expect(kUpstreamUnverified, upstream("http://posts.internal", kKey, ", tls: { verify: false }"));
}

TEST(AuditTransport, AddressesThatOthersReach) {
  const std::string keys = route("authenticate: [ key ], respond: {}");
  expect(kAdminNotLoopback, "admin: { address: §\"0.0.0.0:8081\" }\n" + keys);
  expect(kAdminNotLoopback, "admin: { address: §\"10.0.0.1:8081\" }\n" + keys);
  expect(kAdminNotLoopback, "admin: { address: \"127.0.0.1:8081\" }\n" + keys);
  expect(kAdminNotLoopback, "admin: { address: \"[::1]:8081\" }\n" + keys);
  expect(kAdminNotLoopback, "admin: { address: \"unix:/run/admin.sock\" }\n" + keys);

  const std::string_view open = "listen: [ { address: \"127.0.0.1:1\" }, { §address: \"0.0.0.0:8080\" } ]\n";
  const std::string_view same = "listen: [ { address: \"127.0.0.1:1\" }, { address: \"0.0.0.0:8080\" } ]\n";
  expect(kListenerInClear, std::string(open) + keys);
  expect(kListenerInClear, std::string(same) + route("authenticate: [ none ], respond: {}"));
  expect(kListenerInClear, "trusted_proxies: [ 10.0.0.1 ]\n" + std::string(same) + keys);
  expect(kListenerInClear, "listen: [ { address: \"0.0.0.0:8080\", redirect: https } ]\n" + keys);
}

TEST(AuditTransport, ACertificateThatEndsSoon) {
  const test::TestAuthority authority;
  const test::TlsIdentity identity = authority.issue({.dns_names = {"a.example"}, .valid_days = 90});
  const WallTime end = crypto::read_certificate(identity.cert_pem)->not_after;
  const auto at = [&](Duration before) {
    Asked asked;
    asked.files.put("c.pem", identity.cert_pem);
    asked.files.put("k.pem", identity.key_pem);
    asked.files.put(
        "reeve.yaml",
        "listen: [ { address: \"127.0.0.1:8443\", tls: { certs: [ { cert: c.pem, key: k.pem } ] } } ]\n");
    return told_by(kCertificateExpiring,
                   load("reeve.yaml", asked.environment, asked.files, Audit{end - before}));
  };
  EXPECT_EQ(at(std::chrono::hours(24 * 30)), "certificate-expiring? 1:13");
  EXPECT_EQ(at(std::chrono::hours(24 * 30) + std::chrono::seconds(1)), "");
}

TEST(AuditUnused, WhatNothingRefersTo) {
  expect(kUnused,
         "networks: { §n: [ 10.0.0.1 ] }\nroles: { §r: [ \"*\" ] }\nlimits: { §l: { rate: 1/s, per: ip } }\n"
         "organisations: { §o: {} }\nteams: { §t: {} }\nupstreams: { §u: { targets: [ \"http://127.0.0.1:1\" "
         "] } }\n"
         "routes: [ { name: a, match: { path: /a }, authenticate: [ none ], respond: {} } ]\n");
  expect(kUnused,
         "networks: { n: [ 10.0.0.1 ], m: [ 10.0.0.2 ] }\nroles: { r: [ \"*\" ], s: [ \"*\" ] }\n"
         "limits: { l: { rate: 1/s, per: ip }, m: { rate: 1/s, per: ip }, n: { rate: 1/s, per: ip } }\n"
         "organisations: { o: {} }\nteams: { t: { organisation: o, roles: [ r ], limits: [ l ] } }\n"
         "upstreams: { u: { targets: [ \"http://127.0.0.1:1\" ] } }\n"
         "global: { limits: [ m ], networks: { deny: [ m ] } }\n"
         "routes: [ { name: a, match: { path: /a }, authenticate: [ none ], upstream: u } ]\n"
         "callers: [ { name: c, team: t, roles: [ s ], limits: [ n ], networks: { allow: [ n, 10.0.0.3 ] } } "
         "]\n");
}

}  // namespace
}  // namespace reeve::config::audit
