// SPDX-License-Identifier: Apache-2.0
// Golden tables: a configuration, and exactly the findings that it gives, with their places.
#include <gtest/gtest.h>

#include "config/load_test_support.h"

namespace reeve::config {
namespace {

struct Case {
  const char* yaml;
  const char* expected;
};

template <std::size_t N>
void run(const Case (&cases)[N]) {
  for (const Case& c : cases) {
    const LoadResult result = Asked{}.load(c.yaml);
    EXPECT_EQ(told(result), c.expected) << c.yaml;
    for (const Finding& f : result.findings) {
      EXPECT_FALSE(f.text.empty() || f.fix.empty()) << c.yaml;
      EXPECT_EQ(f.text.find('\n'), std::string::npos) << f.text;
    }
    EXPECT_EQ(result.ok(),
              std::string_view(c.expected).empty() || std::string_view(c.expected).contains('?'));
  }
}

TEST(Findings, OfTheFileAsAWhole) {
  run({
      {"", ""},
      {"# only a comment\n", ""},
      {"{}", ""},
      {"- a\n", "wrong-type 1:1"},
      {"text", "wrong-type 1:1"},
      {"a: [", "yaml-syntax 1:5"},
      {"log: info\n---\nlog: warn\n", "yaml-syntax 2:1"},
      {"logg: info\n", "unknown-key 1:1"},
      {"log: info\n<<: { threads: 2 }\n", "unknown-key 2:1"},
      {"log: info\nthreads: 2\nlog: warn\n", "duplicate-key 3:1"},
      {"server: { idle: 1s, drain: 1s, idle: 2s }", "duplicate-key 1:32"},
      {"threads: 0\nlog: noise\nserver:\n  idle: 5\n", "out-of-range 1:10, bad-value 2:6, bad-value 4:9"},
  });
}

TEST(Findings, OfSettings) {
  run({
      {"data: ./x", ""},
      {"data: [ x ]", "wrong-type 1:7"},
      {"data:", "wrong-type 1:1"},
      {"threads: auto", ""},
      {"threads: 4", ""},
      {"threads: four", "wrong-type 1:10"},
      {"threads: -1", "out-of-range 1:10"},
      {"threads: 99999999999999999999", "out-of-range 1:10"},
      {"log: debug", ""},
      {"log: inof", "bad-value 1:6"},
      {"access_log: off", ""},
      {"access_log: file:access.log", ""},
      {"access_log: stdot", "bad-value 1:13"},
      {"access_log: \"file:\"", "bad-value 1:13"},
      {"dns: { servers: [ 1.1.1.1, \"[::1]:53\", \"9.9.9.9:53\" ] }", ""},
      {"dns: { servers: [ dns.example ] }", "bad-value 1:19"},
      {"dns: { server: [] }", "unknown-key 1:8"},
      {"trusted_proxies: [ 10.0.0.0/8, \"::1\", 192.0.2.1, unix ]", ""},
      {"trusted_proxies: [ 10.0.0.1/8 ]", "bad-value 1:20"},
      {"trusted_proxies: [ 10.0.0.0/33 ]", "out-of-range 1:20"},
      {"trusted_proxies: [ unx, example.com ]", "bad-value 1:20, bad-value 1:25"},
      {"trusted_proxies: 10.0.0.0/8", "wrong-type 1:18"},
      {"client_ip: { header: Forwarded, proxy_protocol: true }", ""},
      {"client_ip: { header: \"a b\" }", "bad-value 1:22"},
      {"client_ip: { proxy_protocol: yes }", "wrong-type 1:30"},
      {"client_ip: { proxy_protocol: \"true\" }", "wrong-type 1:30"},
      {"server: { head_max: 64KiB, uri_max: 8000, head_timeout: 500ms, body_idle: m, drain_delay: 0s }", ""},
      {"server: { head_max: 1B }", "out-of-range 1:21"},
      {"server: { head_max: 64kib }", "bad-value 1:21"},
      {"server: { idle: 0s }", "out-of-range 1:17"},
      {"server: { idle: 1d, drain: 2d }", "out-of-range 1:28"},
      {"server: { idle: 1.5s }", "bad-value 1:17"},
      {"server: { connections: auto }", ""},
      {"server: { connections: many }", "wrong-type 1:24"},
      {"server: [ idle ]", "wrong-type 1:9"},
      {"admin: { address: \"127.0.0.1:0\" }", ""},
      {"admin: { address: \"localhost:9\" }", "bad-value 1:19"},
      {"admin: {}", ""},
  });
}

TEST(Findings, OfListeners) {
  run({
      {"listen:\n  - { address: \"0.0.0.0:0\" }\n  - { address: \"0.0.0.0:0\" }\n", ""},
      {"listen: [ { address: \"unix:/run/r.sock\", mode: 0600 } ]", ""},
      {"listen: []", "bad-value 1:9"},
      {"listen: [ { mode: 0600 } ]", "missing-key 1:13"},
      {"listen: [ {} ]", "missing-key 1:11"},
      {"listen: [ { address: \":8080\" } ]", "bad-value 1:22"},
      {"listen: [ { address: \"unix:r.sock\" } ]", "bad-value 1:22"},
      {"listen: [ { address: \"127.0.0.1:99999\" } ]", "bad-value 1:22"},
      {"listen: [ { address: \"127.0.0.1:1\", mode: 0600 } ]", "bad-value 1:43"},
      {"listen: [ { address: \"unix:/a\", mode: 0999 } ]", "bad-value 1:39"},
      {"listen: [ { address: \"127.0.0.1:1\", redirect: https } ]", ""},
      {"listen: [ { address: \"127.0.0.1:1\", redirect: http } ]", "bad-value 1:47"},
      {"listen:\n - { address: \"127.0.0.1:1\" }\n - { address: \"127.0.0.1:1\" }", "duplicate-name 3:15"},
      {"listen: [ { address: \"127.0.0.1:8081\" } ]", "duplicate-name 1:22"},
      {"listen: [ \"127.0.0.1:1\" ]", "wrong-type 1:11"},
      {"listen: [ { address: \"127.0.0.1:1\", tls: { certs: [] } } ]", "bad-value 1:51"},
      {"listen: [ { address: \"127.0.0.1:1\", tls: {} } ]", "missing-key 1:42"},
      {"listen: [ { address: \"127.0.0.1:1\", tls: { certs: [ { cert: c.pem, key: k.pem, hosts: [ \"a b\" ] "
       "} ],\n"
       "  min_version: 1.1 } } ]",
       "bad-value 1:61, bad-value 1:73, bad-value 1:89, bad-value 2:16"},
  });
}

TEST(Findings, OfUpstreams) {
  run({
      {"upstreams: { a: { targets: [ \"http://127.0.0.1:9000\", { url: \"https://h.example\", weight: 2 } ] "
       "} }",
       ""},
      {"upstreams: { a: { targets: [ \"unix:/run/a.sock\", \"http://[::1]:80/\" ] } }", ""},
      {"upstreams: { a: {} }", "missing-key 1:17"},
      {"upstreams: { a: { targets: [] } }", "bad-value 1:28"},
      {"upstreams: { a: { targets: [ 127.0.0.1:9000 ] } }", "bad-value 1:30"},
      {"upstreams: { a: { targets: [ \"http://h/x\" ] } }", "bad-value 1:30"},
      {"upstreams: { a: { targets: [ \"http://u:p@h\" ] } }", "bad-value 1:30"},
      {"upstreams: { a: { targets: [ \"http://h:0\", \"http://\", \"unix:x\" ] } }",
       "bad-value 1:30, bad-value 1:44, bad-value 1:55"},
      {"upstreams: { a: { targets: [ \"http://h\", \"http://h\" ] } }", "duplicate-name 1:42"},
      {"upstreams: { a: { targets: [ { url: \"http://h\", weight: 0 } ] } }", "out-of-range 1:57"},
      {"upstreams: { a: { targets: [ { weight: 1 } ] } }", "missing-key 1:32"},
      {"upstreams: { \"a b\": { targets: [ \"http://h\" ] }, anonymous: { targets: [ \"http://h\" ] } }",
       "bad-value 1:14, bad-value 1:50"},
      {"upstreams: [ a ]", "wrong-type 1:12"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    protocol: http2\n", "not-yet 4:15"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    protocol: grpc\n", "not-yet 4:15"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    protocol: htp1\n", "bad-value 4:15"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    balance: hash:X-User\n    protocol: http1\n",
       ""},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    balance: random\n", "bad-value 4:14"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    balance: \"hash:\"\n", "bad-value 4:14"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    timeout: { connect: 1s, response: 5s, idle: 60s "
       "}\n"
       "    retry: { attempts: 2, on: [ connect-failure, timeout, 502, 503, 504 ] }\n"
       "    health: { path: /healthz, every: 5s, timeout: 2s, rise: 2, fall: 3 }\n"
       "    ejection: { failures: 5, for: 10s, max_share: 50% }\n    connections: { max: 1024, keep: 128 }\n",
       ""},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    ejection: off\n    retry: { on: [] }\n", ""},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    ejection: never\n", "bad-value 4:15"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    ejection: { max_share: 50, failures: 0, for: x "
       "}\n",
       "bad-value 4:28, out-of-range 4:42, bad-value 4:50"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    ejection: { max_share: 101% }\n",
       "out-of-range 4:28"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    retry: { attempts: 0, on: [ 500, timout ] }\n",
       "out-of-range 4:24, bad-value 4:33, bad-value 4:38"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    health: { every: 5s }\n", "missing-key 4:15"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    health: { path: healthz }\n", "bad-value 4:21"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    connections: { max: 10, keep: 11 }\n",
       "out-of-range 4:35"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    tls: { cert: me.pem }\n", "missing-key 4:12"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    tls: { ca: ca.pem, verify: false, server_name: "
       "h.i }\n",
       "bad-value 4:16"},
      {"upstreams:\n  a:\n    targets: [ \"http://h\" ]\n    tls: { server_name: \"*.h.i\" }\n",
       "bad-value 4:25"},
  });
}

TEST(Findings, OfEnvironmentValues) {
  run({
      {"data: ${NOT_SET}", "env-unset 1:7"},
      {"data: ${NOT_SET:-x}", ""},
      {"data: $${NOT_SET}", ""},
      {"data: ${client.ip}", "bad-value 1:7"},
      {"data: ${lower}", "bad-value 1:7"},
      {"data: \"${OPEN\"", "bad-value 1:7"},
      {"callers: [ { name: \"${NOT_SET}\" } ]", "env-unset 1:20"},
      {"providers: { a: \"${NOT_SET}\" }", "not-yet 1:1"},
      {"unknown: ${NOT_SET}", "unknown-key 1:1"},
      {"trusted_proxies: [ unix, \"${A}\", \"${B}\" ]", "env-unset 1:26, env-unset 1:34"},
  });
}

// Everything that is known but not enforced: one error at the key, and nothing below it is judged.
TEST(Findings, OfWhatIsNotYet) {
  for (const char* key : {"store", "authenticators", "providers", "models", "prices", "budgets", "ledger",
                          "tags", "cache", "guards", "guard", "mcp", "park"}) {
    EXPECT_EQ(checked(fmt::format("log: info\n{}: {{ a: [ x, {{ b: c }} ], a: \"${{UNSET}}\" }}\n", key)),
              "not-yet 2:1")
        << key;
    EXPECT_EQ(checked(fmt::format("{}: text\n", key)), "not-yet 1:1") << key;
    for (const char* nothing : {"[]", "{}", "{ a: { deny: [] }, b: [] }"}) {
      EXPECT_EQ(checked(fmt::format("{}: {}\n", key, nothing)), "") << key << nothing;
    }
  }
  for (const char* key : {"price", "cache", "guards", "guard", "mcp", "park"}) {
    const std::string route =
        "routes:\n  - name: r\n    match: { path: / }\n    authenticate: [ none ]\n    respond: {}\n    ";
    EXPECT_EQ(checked(route + key + ": [ x ]\n"), "not-yet 6:5") << key;
    EXPECT_EQ(checked(route + key + ": []\n"), "") << key;
  }
  run({
      {"networks: { office: [] }", "empty-allow 1:21"},
      {"networks: { office: [], home: [ 10.0.0.0/8 ] }", "empty-allow 1:21"},
      {"global: { networks: { deny: [] }, limits: [] }", ""},
      {"global: { networks: { allow: [] } }", "empty-allow 1:30"},
      {"defaults: { authenticate: [ key ], require: [] }", ""},
      {"routes:\n  - { name: a, match: { path: / }, authenticate: [ none ], ai: { models: [ \"*\" ] } }",
       "not-yet 2:60"},
      {"routes:\n  - { name: a, match: { path: / }, authenticate: [ none ], body: { max: 1MiB, types: [ a/b "
       "] }, respond: {} }",
       ""},
      {"routes:\n  - { name: a, match: { path: / }, authenticate: [ none, key ], respond: {} }", ""},
      {"authenticators: { corp: {} }\nroutes:\n  - { name: a, match: { path: / }, authenticate: [ corp ], "
       "respond: {} }",
       "not-yet 1:1, not-yet 3:52"},
      {"routes:\n  - { name: a, match: { path: / }, authenticate: [ non, keey, mtls, basic ], respond: {} }",
       "unknown-name 2:52, unknown-name 2:57, not-yet 2:63, not-yet 2:69"},
  });
}

}  // namespace
}  // namespace reeve::config
