// SPDX-License-Identifier: Apache-2.0
// Golden tables for `routes` and `defaults`: `§` stands before the place that each finding points at.
#include <gtest/gtest.h>

#include "config/load_test_support.h"

namespace reeve::config {
namespace {

constexpr std::string_view kUpstreams =
    "upstreams: { posts: { targets: [ \"http://h\" ] }, users: { targets: [ \"http://i\" ] } }\n";

void expect(std::string_view text, std::string_view rules) {
  const Marked marked(std::string(kUpstreams) + std::string(text), rules);
  EXPECT_EQ(checked(marked.yaml), marked.expected) << marked.yaml;
}

/// One good route but for what is given: `rest` follows the name, the path and the authentication.
void route(std::string_view rest, std::string_view rules) {
  expect(
      fmt::format("routes:\n  - {{ name: r, match: {{ path: \"/a/{{x}}\" }}, authenticate: [ none ], {} }}\n",
                  rest),
      rules);
}
/// The same for the inside of `match`.
void match(std::string_view inside, std::string_view rules) {
  expect(fmt::format("routes:\n  - {{ name: r, match: {{ {} }}, authenticate: [ none ], upstream: posts }}\n",
                     inside),
         rules);
}

TEST(RouteFindings, OfMandatoryKeys) {
  expect("routes: []", "");
  expect("routes: §{}", "wrong-type");
  expect("§routes:", "wrong-type");
  expect("routes: [ §x ]", "wrong-type");
}

TEST(RouteFindings, OfWhatIsMissing) {
  EXPECT_EQ(checked("routes:\n  - name: r\n"), "missing-key 2:5, missing-key 2:5, missing-key 2:5");
  EXPECT_EQ(checked("routes:\n  - match: { path: / }\n    authenticate: [ none ]\n    respond: {}\n"),
            "missing-key 2:5");
  EXPECT_EQ(checked("routes:\n  - name: r\n    match: {}\n    authenticate: [ none ]\n    respond: {}\n"),
            "missing-key 3:12");
  EXPECT_EQ(
      checked(
          "defaults: { authenticate: [ none ] }\nroutes: [ { name: r, match: { path: / }, respond: {} } ]"),
      "");
}

TEST(RouteFindings, OfNames) {
  expect(
      "routes:\n  - { name: a, match: { path: /a }, authenticate: [ none ], upstream: posts }\n"
      "  - { name: §a, match: { path: /b }, authenticate: [ none ], upstream: posts }\n",
      "duplicate-name");
  expect("routes: [ { name: §\"-a\", match: { path: /a }, authenticate: [ none ], upstream: posts } ]",
         "bad-value");
  expect("routes: [ { name: §anonymous, match: { path: /a }, authenticate: [ none ], upstream: posts } ]",
         "bad-value");
}

TEST(RouteFindings, OfMatch) {
  match("path: /a", "");
  match(
      "path: [ /a, /b ], host: [ a.example, \"*.b.example\", \"[::1]\", 10.0.0.1 ], methods: [ GET, PURGE ]",
      "");
  match("path: /a, headers: { X-A: present, X-B: \"1\" }, query: { v: 2, w: present }", "");
  match("path: §a", "bad-value");
  match("path: §/a/../b", "bad-value");
  match("path: §\"/a?b\"", "bad-value");
  match("path: §\"/{x...}/b\"", "bad-value");
  match("path: §[]", "bad-value");
  match("path: [ /a, §/a ]", "bad-value");
  match("path: [ \"/{x}\", §\"/{y}\" ]", "bad-value");
  match("path: /a, host: §\"*\"", "bad-value");
  match("path: /a, host: §\"a.example:80\"", "bad-value");
  match("path: /a, host: §\"a.*.example\"", "bad-value");
  match("path: /a, methods: §[]", "bad-value");
  match("path: /a, methods: [ §get, §CONNECT, §TRACE, §\"G T\" ]", "bad-value bad-value bad-value bad-value");
  match("path: /a, headers: { §\"a b\": present, A: §[ x ] }", "bad-value wrong-type");
  match("path: /a, headers: { X-A: \"1\", §x-a: \"2\" }", "duplicate-key");
  match("path: /a, §pathh: /b", "unknown-key");
}

TEST(RouteFindings, OfTies) {
  const auto two = [](std::string_view first, std::string_view second, std::string_view rules) {
    expect(
        fmt::format("routes:\n  - {{ name: a, match: {{ {} }}, authenticate: [ none ], upstream: posts }}\n"
                    "  - {{ name: b, match: {{ {} }}, authenticate: [ none ], upstream: posts }}\n",
                    first, second),
        rules);
  };
  two("path: /a", "path: §/a", "route-tie");
  two("path: \"/{x}\"", "path: [ /b, §\"/{other}\" ]", "route-tie");
  two("path: /a, methods: [ GET ]", "path: §/a, methods: [ HEAD ]", "route-tie");
  two("path: /a, methods: [ GET ]", "path: /a, methods: [ POST ]", "");
  two("path: /a, methods: [ GET ]", "path: §/a", "route-tie");
  two("path: /a, host: a.example", "path: /a", "");
  two("path: /a, host: [ b.example, A.example ]", "path: §/a, host: a.example.", "route-tie");
  two("path: /a, headers: { k: \"1\" }", "path: /a, headers: { k: \"2\" }", "");
  two("path: /a, headers: { k: \"1\" }", "path: §/a, headers: { k: present }", "route-tie");
  two("path: /a, headers: { k: \"1\" }", "path: §/a, query: { k: \"1\" }", "route-tie");
  two("path: /a, query: { k: \"1\" }", "path: /a", "");
  expect(
      "routes:\n  - { name: a, match: { path: /a }, authenticate: [ none ], upstream: posts, enabled: false "
      "}\n"
      "  - { name: b, match: { path: /a }, authenticate: [ none ], upstream: posts }\n",
      "");
}

TEST(RouteFindings, OfDestinations) {
  route("upstream: posts", "");
  route("upstream: [ { name: posts, weight: 9 }, { name: users } ]", "");
  route("upstream: §pots", "unknown-name");
  route("upstream: [ { name: §nobody }, { §weight: 1 }, { name: posts }, { name: §posts } ]",
        "unknown-name missing-key duplicate-name");
  route("upstream: §[]", "bad-value");
  route("upstream: §{ name: posts }", "wrong-type");
  route("upstream: posts, §respond: {}", "bad-value");
  route("redirect: { to: /b }, §upstream: posts", "bad-value");
  route("redirect: { to: \"https://e.example/{x}?v=1\", status: 308 }", "");
  route("redirect: { to: \"${request.scheme}://e.example/${path.x}\" }", "");
  route("redirect: { to: \"/b/{x}\", status: §404 }", "out-of-range");
  route("redirect: { to: \"/b/{x}\", status: §304 }", "bad-value");
  route("redirect: { to: §\"/b/{y}\" }", "unknown-name");
  route("redirect: { to: §\"/b/{y\" }", "bad-value");
  route("redirect: { to: §e.example }", "bad-value");
  route("redirect: { to: §\"/a b\" }", "bad-value");
  route("redirect: { §status: 301 }", "missing-key");
  route("redirect: §{}", "missing-key");
  route("respond: { status: 204, headers: { X-A: b } }", "");
  route("respond: { body: \"{ \\\"id\\\": \\\"${path.x}\\\", \\\"at\\\": \\\"${client.ip}\\\" }\" }", "");
  route("respond: { status: §199 }", "out-of-range");
  route("respond: { status: §600 }", "out-of-range");
  route("respond: { status: §ok }", "wrong-type");
  route("respond: { status: 204, body: §x }", "bad-value");
  route("respond: { headers: { §Content-Length: \"3\", X-A: §\"${client.ip}\" } }", "bad-value bad-value");
  route("respond: { body: §\"${caler.name}\" }", "unknown-name");
  route("respond: {}, §forward: { host: upstream }", "bad-value?");
  route("respond: {}, headers: { §request: { remove: [ A ] } }", "bad-value?");
}

TEST(RouteFindings, OfForward) {
  route("upstream: posts, forward: { path: \"/v2/{x}\", host: upstream }", "");
  route("upstream: posts, forward: { strip_prefix: /a, host: api.internal }", "");
  route("upstream: posts, forward: { path: /b, §strip_prefix: /a }", "bad-value");
  route("upstream: posts, forward: { path: §b }", "bad-value");
  route("upstream: posts, forward: { path: §\"/b?c=d\" }", "bad-value");
  route("upstream: posts, forward: { path: §\"/b/{y}\" }", "unknown-name");
  route("upstream: posts, forward: { strip_prefix: §/ }", "bad-value");
  route("upstream: posts, forward: { strip_prefix: §/a/ }", "bad-value");
  route("upstream: posts, forward: { strip_prefix: §/ab }", "bad-value");
  route("upstream: posts, forward: { strip_prefix: §/a/b }", "bad-value");
  route("upstream: posts, forward: { strip_prefix: §a }", "bad-value");
  route("upstream: posts, forward: { host: §\"a b\" }", "bad-value");
  expect(
      "routes: [ { name: r, match: { path: [ \"/{x}\", \"/a/{y}/{x}\" ] }, authenticate: [ none ], upstream: "
      "posts,\n"
      "  forward: { path: §\"/{x}/{y}\" } } ]",
      "unknown-name");
}

TEST(RouteFindings, OfHeaders) {
  route(
      "upstream: posts, headers: { request: { set: { X-A: \"${route.name} {x}\", X-B: \"\" }, add: { X-C: c "
      "}, "
      "remove: [ Cookie ], keep: [ X-Original-URL ] }, response: { set: {}, remove: [ Server ] } }",
      "");
  for (const char* name :
       {"Host", "content-length", "Connection", "Transfer-Encoding", "Reeve-Decision", "TE", "Upgrade"})
    route(fmt::format("upstream: posts, headers: {{ request: {{ set: {{ §{}: x }} }} }}", name), "bad-value");
  route("upstream: posts, headers: { request: { add: { §\"a b\": x } } }", "bad-value");
  route("upstream: posts, headers: { request: { set: { A: §\"x\\ny\" } } }", "bad-value");
  route("upstream: posts, headers: { request: { set: { A: x, §a: y } } }", "duplicate-key");
  route("upstream: posts, headers: { request: { set: { A: §\"${path.y}\" } } }", "unknown-name");
  route("upstream: posts, headers: { request: { set: { A: §\"${request.hots}\" } } }", "unknown-name");
  route("upstream: posts, headers: { request: { remove: [ §Host ], keep: [ §Connection ] } }",
        "bad-value bad-value");
  route("upstream: posts, headers: { response: { §add: {} } }", "unknown-key");
}

TEST(RouteFindings, OfCors) {
  route(
      "upstream: posts, cors: { origins: [ \"https://app.example.com\", \"http://localhost:3000\" ], "
      "methods: [ POST ], "
      "headers: [ content-type ], expose: [], credentials: true, max_age: 10m }",
      "");
  route("upstream: posts, cors: { origins: [ \"*\" ] }", "");
  route("upstream: posts, cors: { origins: [ §\"*\" ], credentials: true }", "bad-value");
  route("upstream: posts, cors: { origins: [ \"https://a\" ], headers: [ §\"*\" ], credentials: true }",
        "bad-value");
  route("upstream: posts, cors: { origins: [ §\"https://app.example.com/\", §app.example.com ] }",
        "bad-value bad-value");
  route("upstream: posts, cors: { origins: §[] }", "bad-value");
  route("upstream: posts, cors: §{}", "missing-key");
  route("upstream: posts, cors: { origins: [ \"*\" ], methods: [ §post ] }", "bad-value");
}

TEST(RouteFindings, OfTheOtherKeys) {
  route(
      "upstream: posts, encoded_slash: keep, hidden: true, enabled: false, maintenance: { retry_after: 10m "
      "}, "
      "upgrade: [ websocket ], timeout: { response: 30s, idle: 60s, total: none }, body: { max: 1MiB }",
      "");
  route("upstream: posts, encoded_slash: §allow", "bad-value");
  route("upstream: posts, hidden: §maybe", "wrong-type");
  route("upstream: posts, maintenance: §true", "wrong-type");
  route("upstream: posts, maintenance: { retry_after: §10 }", "bad-value");
  route("upstream: posts, upgrade: [ §h2c ]", "bad-value");
  route("upstream: posts, timeout: { response: §none, total: §0s }", "bad-value out-of-range");
  route("upstream: posts, body: { max: §1Mb }", "bad-value");
  expect("routes: [ { name: r, match: { path: / }, authenticate: §[], upstream: posts } ]", "bad-value");
  expect("routes: [ { name: r, match: { path: / }, authenticate: §none, upstream: posts } ]", "wrong-type");
  expect("defaults: { authenticate: [ none ], §upstream: posts, §match: {}, hidden: §1 }\nroutes: []",
         "unknown-key unknown-key wrong-type");
  expect(
      "defaults: { authenticate: [ §none ], require: [ §a:b ] }\nroutes: [ { name: r, match: { path: / }, "
      "upstream: posts } ]",
      "none-with-require unknown-name?");
}

// A configuration that uses every part of the contract's example: exactly these keys are not enforced yet.
TEST(RouteFindings, OfAWholeConfiguration) {
  const std::string_view rules = "not-yet not-yet not-yet not-yet not-yet";
  const Marked marked(
      R"(data: ./reeve-data
§store: "sqlite:reeve.db"
environment: live
listen:
  - { address: "0.0.0.0:8080" }
admin: { address: "127.0.0.1:8081" }
server: { head_max: 32KiB, uri_max: 16KiB, head_timeout: 10s, body_idle: 30s, idle: 60s, drain_delay: 0s, drain: 30s, connections: auto, allow_half_close: false }
dns: { servers: [] }
access_log: stdout
log: info
threads: auto
trusted_proxies: [ 10.0.0.0/8 ]
client_ip: { header: x-forwarded-for, proxy_protocol: false }
networks: { office: [ 203.0.113.0/24, "2001:db8:1::/48" ] }
roles:
  reader: [ posts:read ]
  publisher: [ posts:read, posts:publish ]
organisations: { acme: {} }
teams: { growth: { organisation: acme, roles: [], limits: [], admins: [ ann ] } }
limits:
  posting: { rate: 100/1m, burst: 20, per: caller }
  monthly: { quota: 100000/month, per: team, zone: Europe/Berlin }
§authenticators:
  corp: { jwt: { issuer: "https://id.example.com/" }, unknown_caller: admit }
global: { networks: { deny: [] }, limits: [] }
defaults: { authenticate: [ key ], timeout: { response: 30s } }
upstreams:
  posts:
    targets: [ "http://127.0.0.1:9000", { url: "https://10.0.0.7:9443", weight: 2 } ]
    tls: { verify: true, server_name: posts.internal }
    protocol: http1
    balance: least_requests
    timeout: { connect: 1s, response: 5s, idle: 60s }
    retry: { attempts: 2, on: [ connect-failure, 503 ] }
    health: { path: /healthz, every: 5s, timeout: 2s, rise: 2, fall: 3 }
    ejection: { failures: 5, for: 10s, max_share: 50% }
    connections: { max: 1024, keep: 128 }
routes:
  - name: publish-post
    match: { host: api.example.com, path: /posts, methods: [ POST ], headers: {}, query: {} }
    authenticate: [ key, §corp ]
    require: [ posts:publish ]
    networks: { allow: [ office ], deny: [] }
    limits: [ posting, monthly ]
    hours: [ { days: mon-fri, from: "08:00", to: "18:00", zone: Europe/Berlin } ]
    body: { max: 1MiB, types: [ application/json ] }
    headers: { request: { set: { X-Team: "${caller.team}" }, add: {}, remove: [ Cookie ], keep: [] }, response: { set: {}, remove: [] } }
    cors: { origins: [ "https://app.example.com" ], methods: [ POST ], headers: [ content-type ], expose: [], credentials: false, max_age: 10m }
    forward: { path: "/v2/posts", host: keep }
    encoded_slash: refuse
    forward_credential: false
    key_in_query: false
    upgrade: []
    timeout: { response: 30s, idle: 60s, total: none }
    hidden: false
    enabled: true
    §price: { per_request: "0.002 USD" }
    upstream: posts
callers:
  - { name: ann, team: growth }
  - { name: ci-bot, team: growth, roles: [ publisher ], networks: { allow: [ office ] }, limits: [],
      keys: [ { id: "7Qd2XkPa", hash: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", env: live, not_before: 2026-11-01, expires: 2027-01-31T00:00:00Z, revoked: false }, { id: legacy-1, foreign: "sha256:1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" } ] }
decisions: { keep: 30d, §sample: 1% }
expect:
  - { as: ci-bot, from: 203.0.113.9, at: 2026-11-24T10:00:00Z, request: "POST http://api.example.com/posts", allow: true }
  - { as: anonymous, request: "POST http://api.example.com/posts", deny: credential-missing }
gate: { lost_access: refuse, accept: [] }
disclosure: { reasons_to_caller: own }
)",
      rules);
  EXPECT_EQ(checked(marked.yaml), marked.expected);
}

}  // namespace
}  // namespace reeve::config
