// SPDX-License-Identifier: Apache-2.0
// What a good configuration becomes, files and environment, includes, the hash, restarts, rendering.
#include "config/load.h"

#include <gtest/gtest.h>

#include "base/prng.h"
#include "config/load_test_support.h"
#include "config/render_findings.h"
#include "json/reader.h"
#include "policy/weights.h"

namespace reeve::config {
namespace {

using std::chrono::seconds;

// Made for these tests with `openssl req -new -x509 -days 36500`; they protect nothing.
constexpr std::string_view kCert = R"(-----BEGIN CERTIFICATE-----
MIIBtjCCAVygAwIBAgIUNzd/yxPdsurWkXMqKrGogG4JDwMwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPYXBpLmV4YW1wbGUuY29tMCAXDTI2MTEyNDA4MjMwM1oYDzIx
MjYxMDMxMDgyMzAzWjAaMRgwFgYDVQQDDA9hcGkuZXhhbXBsZS5jb20wWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAARGu3uX6o+SK+2iLUK9bIeRgr7ikk33O82ISVhd
pH6ApgOle/nk2XunJsksFj4DmW2InUuShz/bfVMin0TVGFDLo34wfDAdBgNVHQ4E
FgQUpesNH6OE0xRQuMTj39xUFdlUULEwHwYDVR0jBBgwFoAUpesNH6OE0xRQuMTj
39xUFdlUULEwDwYDVR0TAQH/BAUwAwEB/zApBgNVHREEIjAggg9hcGkuZXhhbXBs
ZS5jb22CDSouZXhhbXBsZS5vcmcwCgYIKoZIzj0EAwIDSAAwRQIgHgmF9eaixrcl
Ixq7JVNFJORKddo/6A+Ov6cJoRendOICIQDiAGLiUz2cqEGdccFZF0F32NJJUv2G
NGPFQURpTR8tzg==
-----END CERTIFICATE-----
)";
constexpr std::string_view kKey = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSSYgVSW36xxc6JiW
vPy8E/YUIKRWjFZAfAqrb1RUkeuhRANCAARGu3uX6o+SK+2iLUK9bIeRgr7ikk33
O82ISVhdpH6ApgOle/nk2XunJsksFj4DmW2InUuShz/bfVMin0TVGFDL
-----END PRIVATE KEY-----
)";
constexpr std::string_view kOtherKey = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwwT51WcPfa7C7liL
g5M7/JArEpr9oUv8vOFGReiHQoChRANCAAQga7DgMnAp4zVYgKFrollll0tBIXzM
W8DowXuPiMahAL7URDr4EF1U81SXf4TK63od798r7YjCi7KKWbkOuQUz
-----END PRIVATE KEY-----
)";

TEST(Load, AnEmptyFileHasTheStandards) {
  const LoadResult result = Asked{}.load("");
  ASSERT_TRUE(result.ok());
  const policy::Snapshot& s = *result.snapshot;
  EXPECT_EQ(s.configuration_file, MemoryFiles().absolute("reeve.yaml"));
  EXPECT_EQ(s.data_folder, MemoryFiles().absolute("reeve-data"));
  ASSERT_EQ(s.listeners.size(), 1u);
  EXPECT_EQ(to_string(s.listeners[0].endpoint), "127.0.0.1:8080");
  EXPECT_EQ(to_string(s.admin), "127.0.0.1:8081");
  EXPECT_EQ(s.access_log, "stdout");
  EXPECT_EQ(s.threads, 0u);
  EXPECT_EQ(s.server.connections, std::nullopt);
  EXPECT_EQ(s.hash.size(), 64u);
  EXPECT_FALSE(s.any_cors);
}

TEST(Load, SettingsArriveWhereTheyBelong) {
  const LoadResult result = Asked{}.load(
      "data: /var/lib/reeve/\nadmin: { address: \"unix:/run/admin.sock\" }\nthreads: 3\nlog: warn\n"
      "access_log: file:access.log\ntrusted_proxies: [ 10.0.0.0/8, unix ]\n"
      "client_ip: { header: X-Real-IP, proxy_protocol: true }\n"
      "server: { head_max: 64KiB, uri_max: 4096, head_timeout: 1s, body_idle: 2s, idle: 3s, drain_delay: 4s, "
      "drain: 5s,\n"
      "          connections: 99, allow_half_close: true }\ndns: { servers: [ 1.1.1.1 ] }\n"
      "listen:\n  - { address: \"unix:/run/r.sock\", mode: 0640 }\n  - { address: \"[::1]:80\", redirect: "
      "https }\n");
  ASSERT_TRUE(result.ok()) << told(result);
  const policy::Snapshot& s = *result.snapshot;
  EXPECT_EQ(s.data_folder, "/var/lib/reeve");
  EXPECT_EQ(s.admin_text, "unix:/run/admin.sock");
  EXPECT_EQ(s.threads, 3u);
  EXPECT_EQ(s.log, policy::LogLevel::Warn);
  EXPECT_EQ(s.access_log, "file:/var/lib/reeve/access.log");
  EXPECT_TRUE(s.client_ip.trust_unix);
  EXPECT_EQ(s.client_ip.trusted_proxies.size(), 1u);
  EXPECT_EQ(s.client_ip.header, "x-real-ip");
  EXPECT_TRUE(s.client_ip.proxy_protocol);
  EXPECT_EQ(s.server.head_max, 65536u);
  EXPECT_EQ(s.server.uri_max, 4096u);
  EXPECT_EQ(
      s.server.head_timeout + s.server.body_idle + s.server.idle + s.server.drain_delay + s.server.drain,
      seconds(15));
  EXPECT_EQ(s.server.connections, 99u);
  EXPECT_TRUE(s.server.allow_half_close);
  EXPECT_EQ(s.dns_servers, std::vector<std::string>{"1.1.1.1"});
  ASSERT_EQ(s.listeners.size(), 2u);
  EXPECT_EQ(s.listeners[0].unix_mode, 0640u);
  EXPECT_TRUE(s.listeners[1].redirect_to_https);
  EXPECT_EQ(s.listeners[1].at.line, 13u);
}

TEST(Load, UpstreamsArriveWhereTheyBelong) {
  const LoadResult result = Asked{}.load(
      "upstreams:\n  a:\n    targets: [ \"http://H.example:81\", { url: \"https://[::1]\", weight: 7 }, "
      "\"unix:/run/a\" ]\n"
      "    balance: hash:X-User\n    timeout: { connect: 2s, idle: 9s }\n    retry: { attempts: 3, on: [ "
      "502, timeout ] }\n"
      "    health: { path: \"/up?x=1\", rise: 4 }\n    ejection: off\n    connections: { max: 5 }\n"
      "  b: { targets: [ \"http://b\" ] }\n");
  ASSERT_TRUE(result.ok()) << told(result);
  ASSERT_EQ(result.snapshot->upstreams.size(), 2u);
  const policy::Upstream& a = result.snapshot->upstreams[0];
  ASSERT_EQ(a.targets.size(), 3u);
  EXPECT_EQ(a.targets[0].host, "h.example");
  EXPECT_EQ(a.targets[0].port, 81);
  EXPECT_EQ(a.targets[0].authority, "H.example:81");
  EXPECT_NE(a.targets[0].identity, 0u);
  EXPECT_EQ(a.targets[1].host, "::1");
  EXPECT_EQ(a.targets[1].port, 443);
  EXPECT_TRUE(a.targets[1].secure);
  EXPECT_EQ(a.targets[1].weight, 7u);
  EXPECT_EQ(a.targets[2].unix_path, "/run/a");
  EXPECT_EQ(a.balance, policy::Balance::Hash);
  EXPECT_EQ(a.hash_header, "x-user");
  EXPECT_EQ(a.connect_timeout, seconds(2));
  EXPECT_EQ(a.response_timeout, std::nullopt);
  EXPECT_EQ(a.idle_timeout, seconds(9));
  EXPECT_EQ(a.retry.attempts, 3u);
  EXPECT_FALSE(a.retry.on_connect_failure);
  EXPECT_TRUE(a.retry.on_timeout && a.retry.on_502 && !a.retry.on_503);
  EXPECT_EQ(a.health->path, "/up?x=1");
  EXPECT_EQ(a.health->rise, 4u);
  EXPECT_FALSE(a.ejection);
  EXPECT_EQ(a.connections_keep, 5u);
  const policy::Upstream& b = result.snapshot->upstreams[1];
  EXPECT_TRUE(b.ejection && b.retry.on_connect_failure && b.retry.attempts == 0);
}

std::string found(const policy::Snapshot& s, std::string_view host, std::string_view raw,
                  std::string_view method) {
  http::Path path;
  if (http::normalise(raw, path) != http::PathFlaw::None) return "flaw";
  http::RequestHead head;
  policy::RouteMatch match;
  s.route_table.find(host, path, head, method, s.routes, match);
  if (match.kind != policy::RouteMatch::Kind::Found) return "none";
  std::string out = s.routes[match.route].name;
  for (const std::string_view value : match.parameters) out += fmt::format(" {}", value);
  return out;
}

TEST(Load, RoutesArriveWhereTheyBelong) {
  const LoadResult result = Asked{}.load(
      "defaults: { authenticate: [ none ], timeout: { response: 7s, total: 9s }, hidden: true }\n"
      "upstreams: { a: { targets: [ \"http://a\" ], timeout: { idle: 3s } }, b: { targets: [ \"http://b\" ] "
      "} }\n"
      "routes:\n"
      "  - name: one\n    match: { host: [ API.example.com, \"*.e\" ], path: [ \"/u/{x}/{y}\", "
      "\"/v/{y}/{x}\" ], methods: [ GET ] }\n"
      "    forward: { path: \"/w/{y}\", host: api.internal:81 }\n"
      "    headers: { request: { set: { X-A: \"<${client.ip}>$${x}\" }, remove: [ Cookie ] }, response: { "
      "set: { B: \"\" } } }\n"
      "    cors: { origins: [ \"https://a\" ], expose: [ X-T ], max_age: 1m }\n    upgrade: [ websocket ]\n"
      "    upstream: [ { name: b, weight: 3 }, { name: a } ]\n"
      "  - name: two\n    match: { path: / }\n    hidden: false\n    timeout: { idle: 1s }\n    body: { max: "
      "1KiB }\n"
      "    maintenance: {}\n    encoded_slash: keep\n    upstream: a\n"
      "  - { name: off, match: { path: / }, enabled: false, respond: {} }\n"
      "  - { name: go, match: { path: /go }, redirect: { to: \"https://e/?q=1\", status: 307 } }\n"
      "  - { name: say, match: { path: /say }, respond: { status: 418, headers: { A: b }, body: hi } }\n");
  ASSERT_TRUE(result.ok()) << findings_text(result.findings, result.files);
  const policy::Snapshot& s = *result.snapshot;
  EXPECT_EQ(found(s, "api.example.com", "/u/1/2", "GET"), "one 1 2");
  EXPECT_EQ(found(s, "x.e", "/v/2/1", "HEAD"), "one 1 2");
  EXPECT_EQ(found(s, "x.e", "/", "GET"), "two");
  EXPECT_EQ(found(s, "", "/a/../go", "GET"), "go");
  const policy::Route& one = s.routes[0];
  EXPECT_TRUE(one.hidden && one.websocket && s.any_cors);
  EXPECT_EQ(one.path_parameters, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(one.forward.path->pieces.at(0).parameter, 1);
  EXPECT_EQ(one.forward.fixed_host, "api.internal:81");
  EXPECT_EQ(one.request_headers.set.at(0).value.pieces.at(1).literal, ">${x}");
  EXPECT_EQ(one.request_headers.remove, std::vector<std::string>{"cookie"});
  EXPECT_TRUE(one.response_headers.set.at(0).value.pieces.empty());
  EXPECT_EQ(one.cors->expose_value, "Reeve-Decision, Retry-After, X-T");
  const auto& to = std::get<policy::ToUpstream>(one.destination);
  EXPECT_EQ(to.total_weight, 4u);
  EXPECT_EQ(to.shares.at(0).upstream, 1u);
  // `timeout` of defaults is behind the upstream's, and gone where the route writes its own.
  EXPECT_EQ(policy::effective_timeouts(one, s.upstreams[0]).response, seconds(7));
  EXPECT_EQ(policy::effective_timeouts(one, s.upstreams[0]).idle, seconds(3));
  EXPECT_EQ(policy::effective_timeouts(one, s.upstreams[0]).total, seconds(9));
  const policy::Route& two = s.routes[1];
  EXPECT_EQ(policy::effective_timeouts(two, s.upstreams[0]).response, seconds(30));
  EXPECT_EQ(policy::effective_timeouts(two, s.upstreams[0]).idle, seconds(1));
  EXPECT_EQ(policy::effective_timeouts(two, s.upstreams[0]).total, std::nullopt);
  EXPECT_TRUE(!two.hidden && two.maintenance && two.keep_encoded_slash);
  EXPECT_EQ(two.body_max, 1024u);
  EXPECT_FALSE(s.routes[2].enabled);
  const auto& go = std::get<policy::Redirect>(s.routes[3].destination);
  EXPECT_TRUE(go.to_has_query && go.status == 307);
  EXPECT_EQ(std::get<policy::Respond>(s.routes[4].destination).status, 418);
}

TEST(Load, FieldsTakePlainTextsVerbatim) {
  const LoadResult result = Asked{}.load(
      "routes: [ { name: on, match: { path: /, headers: { a: 1e5, b: 18:00, c: ~ } }, authenticate: [ none "
      "],\n"
      "  respond: { body: null } } ]");
  ASSERT_TRUE(result.ok()) << told(result);
  EXPECT_EQ(result.snapshot->routes[0].name, "on");
  EXPECT_EQ(result.snapshot->routes[0].headers.at(0).value, "1e5");
  EXPECT_EQ(result.snapshot->routes[0].headers.at(1).value, "18:00");
  EXPECT_EQ(std::get<policy::Respond>(result.snapshot->routes[0].destination).body.pieces.at(0).literal,
            "null");
}

TEST(Load, EnvironmentValuesAreTextOnly) {
  Asked asked;
  asked.environment.values = {
      {"N", "4"}, {"YES", "true"}, {"TRICK", "a: [ ${client.ip} ] ${N}"}, {"EMPTY", ""}};
  const LoadResult result = asked.load(
      "threads: ${N}\nserver: { allow_half_close: \"${YES}\", idle: \"${N}s\" }\n"
      "routes: [ { name: \"r-${N}\", match: { path: / }, authenticate: [ none ], respond: { body: "
      "\"${TRICK}|${EMPTY:-d}\" } } ]");
  ASSERT_TRUE(result.ok()) << told(result);
  EXPECT_EQ(result.snapshot->threads, 4u);
  EXPECT_TRUE(result.snapshot->server.allow_half_close);
  EXPECT_EQ(result.snapshot->server.idle, seconds(4));
  EXPECT_EQ(result.snapshot->routes[0].name, "r-4");
  EXPECT_EQ(std::get<policy::Respond>(result.snapshot->routes[0].destination).body.pieces.at(0).literal,
            "a: [ ${client.ip} ] ${N}|d");
}

TEST(Load, CertificatesMustBeThereAndFit) {
  const std::string_view yaml =
      "listen: [ { address: \"127.0.0.1:0\", tls: { certs: [ { cert: c.pem, key: k.pem } ], client_ca: c.pem "
      "} } ]";
  Asked asked;
  asked.files.put("c.pem", kCert);
  asked.files.put("k.pem", kKey);
  const LoadResult good = asked.load(yaml);
  ASSERT_TRUE(good.ok()) << told(good);
  EXPECT_EQ(good.snapshot->listeners[0].tls->certificates.at(0).cert_file, MemoryFiles().absolute("c.pem"));
  EXPECT_EQ(good.snapshot->listeners[0].tls->client_ca_pem, kCert);
  asked.files.put("k.pem", kOtherKey);
  const LoadResult other = asked.load(yaml);
  EXPECT_EQ(told(other), "bad-value 1:73");
  asked.files.put("c.pem", "nothing");
  EXPECT_EQ(told(asked.load(yaml)), "bad-value 1:61, bad-value 1:95");
  asked.files.files.erase(asked.files.absolute("k.pem"));
  EXPECT_EQ(told(asked.load(yaml)), "bad-value 1:61, bad-value 1:73, bad-value 1:95");
  EXPECT_EQ(told(other).find(kKey.substr(40, 20)), std::string::npos);
}

TEST(Include, JoinsFilesInOrderAndKeepsPlaces) {
  Asked asked;
  asked.files.put(
      "d/b.yaml",
      "routes: [ { name: b, match: { path: /b }, authenticate: [ none ], upstream: u } ]\nlog: warn\n");
  asked.files.put("d/a.yaml",
                  "include: [ deep/*.yaml ]\nupstreams: { u: { targets: [ \"http://u\" ] } }\n"
                  "routes: [ { name: a, match: { path: /a }, authenticate: [ none ], upstream: u } ]\n");
  asked.files.put("d/deep/x.yaml", "server: { idle: 5s }\n");
  const LoadResult good = asked.load(
      "include: [ d/*.yaml ]\nserver: { drain: 6s }\nroutes: [ { name: m, match: { path: /m }, authenticate: "
      "[ none ], upstream: u } ]");
  ASSERT_TRUE(good.ok()) << told(good);
  std::string order;
  for (const policy::Route& r : good.snapshot->routes) order += r.name;
  EXPECT_EQ(order, "mab");
  EXPECT_EQ(good.snapshot->server.idle + good.snapshot->server.drain, seconds(11));
  EXPECT_EQ(good.files, (std::vector<std::string>{"reeve.yaml", "d/a.yaml", "d/deep/x.yaml", "d/b.yaml"}));
  EXPECT_EQ(good.snapshot->files, good.files);
  EXPECT_EQ(good.snapshot->routes[2].at.file, 3u);

  const LoadResult twice = asked.load(
      "include: [ d/*.yaml ]\nlog: info\nserver: { idle: 1s }\nupstreams: { u: { targets: [ \"http://v\" ] } "
      "}\n");
  EXPECT_EQ(told(twice), "duplicate-name #1:2:14, duplicate-key #2:1:11, duplicate-key #3:2:1");
  EXPECT_NE(twice.findings.at(0).text.find("reeve.yaml:4:14"), std::string::npos)
      << twice.findings.at(0).text;
}

TEST(Include, SaysWhatIsWrong) {
  Asked asked;
  asked.files.put("loop.yaml", "include: [ reeve.yaml ]\n");
  asked.files.put("bad.yaml", "a: [");
  asked.files.put("list.yaml", "- a");
  asked.files.put("typo.yaml", "ruotes: []\n");
  EXPECT_EQ(told(asked.load("include: [ loop.yaml ]")), "include #1:1:12");
  EXPECT_EQ(told(asked.load("include: [ \"*.yaml\" ]")).find("include 1:12"), 0u);
  EXPECT_EQ(told(asked.load("include: [ none/*.yaml ]")), "include? 1:12");
  EXPECT_EQ(told(asked.load("include: [ bad.yaml, list.yaml ]")), "yaml-syntax #1:1:5, wrong-type #2:1:1");
  EXPECT_EQ(told(asked.load("include: [ typo.yaml, typo.yaml ]")), "unknown-key #1:1:1");
  EXPECT_EQ(told(asked.load("include: typo.yaml")), "wrong-type 1:10");
  EXPECT_EQ(told(asked.load("include: [ \"${NO}\" ]")), "env-unset 1:12");
}

TEST(Load, AMissingFileIsToldApart) {
  MemoryEnvironment environment;
  MemoryFiles files;
  const LoadResult result = load("no.yaml", environment, files);
  EXPECT_FALSE(result.ok());
  EXPECT_TRUE(result.findings.empty());
  EXPECT_EQ(result.unreadable, "No such file or directory");
}

TEST(Hash, CoversFilesVariablesAndReferences) {
  const std::string_view yaml =
      "data: \"${D:-x}\"\nlisten: [ { address: \"127.0.0.1:0\", tls: { certs: [ { cert: c.pem, key: k.pem } "
      "] } } ]";
  const auto hash = [&](std::string_view text, std::string_view variable, std::string_view cert) {
    Asked asked;
    if (!variable.empty()) asked.environment.values["D"] = variable;
    asked.files.put("c.pem", cert);
    asked.files.put("k.pem", kKey);
    const LoadResult result = asked.load(text);
    return result.ok() ? result.snapshot->hash : told(result);
  };
  const std::string base = hash(yaml, "", kCert);
  EXPECT_EQ(base, hash(yaml, "", kCert));
  EXPECT_NE(base, hash(std::string(yaml) + "\n", "", kCert));
  EXPECT_NE(base, hash(yaml, "x", kCert));
  EXPECT_NE(base, hash(yaml, "", std::string(kCert) + "\n"));
}

TEST(NeedsRestart, ForDataAdminAndThreads) {
  const auto loaded = [](std::string_view yaml) { return Asked{}.load(yaml); };
  const LoadResult running = loaded("data: a\nthreads: 2\n");
  EXPECT_TRUE(needs_restart(*running.snapshot, loaded("threads: 2\ndata: ./a\nlog: warn\n")).empty());
  LoadResult next = loaded("threads: 3\ndata: b\nadmin: { address: \"127.0.0.1:1\" }\n");
  next.findings = needs_restart(*running.snapshot, next);
  EXPECT_EQ(told(next), "needs-restart 1:10, needs-restart 2:7, needs-restart 3:8");
  next = loaded("data: a\n");
  next.findings = needs_restart(*running.snapshot, next);
  EXPECT_EQ(told(next), "needs-restart 1:1");
}

TEST(Render, AsCompilersDoAndAsJson) {
  const LoadResult result = Asked{}.load("logg: info\ninclude: [ x.yaml ]\n");
  EXPECT_EQ(findings_text(result.findings, result.files),
            "reeve.yaml:1:1: error[unknown-key]: unknown key `logg`; did you mean `log`?\n  fix: rename it "
            "to `log`\n"
            "reeve.yaml:2:12: warning[include]: no file matches `x.yaml`\n"
            "  fix: correct the pattern (it is relative to this file), or remove it\n");
  const auto json = json::parse(findings_json(result.findings, result.files, false));
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["ok"].boolean(), false);
  const json::Value& first = (*json)["findings"].items().at(0);
  EXPECT_EQ(first["file"].string(), "reeve.yaml");
  EXPECT_EQ(first["line"].integer(), 1);
  EXPECT_EQ(first["column"].integer(), 1);
  EXPECT_EQ(first["severity"].string(), "error");
  EXPECT_EQ(first["rule"].string(), "unknown-key");
  const std::vector<Finding> warning{result.findings.at(1)};
  EXPECT_TRUE(acceptable(warning, false));
  EXPECT_FALSE(acceptable(warning, true));
  EXPECT_TRUE(result.any_warning());
}

TEST(Load, RandomMutationsNeverCrash) {
  const std::string base =
      "data: ./d\nlisten: [ { address: \"127.0.0.1:0\" } ]\ndefaults: { authenticate: [ none ], timeout: { "
      "total: 5s } }\n"
      "upstreams: &u\n  a: { targets: [ \"http://h:1\", { url: \"https://i\", weight: 2 } ], retry: { on: [ "
      "502 ] } }\n"
      "routes:\n  - name: r\n    match: { host: \"*.e\", path: [ \"/a/{x}\", \"/b/{x}:v\" ], query: { v: "
      "present } }\n"
      "    forward: { path: \"/z/{x}\" }\n    headers: { request: { set: { A: \"${client.ip}\" } } }\n    "
      "upstream: a\n"
      "  - { name: s, match: { path: / }, redirect: { to: \"/q\", status: 308 } }\n";
  Prng random(29);
  for (int round = 0; round < 1500; ++round) {
    std::string text = base;
    for (std::uint64_t n = 1 + random.below(5); n > 0 && !text.empty(); --n) {
      const std::size_t at = random.below(text.size());
      switch (random.below(4)) {
        case 0:
          text[at] = "{}[]:,&*$\"' \n#-|>%~"[random.below(19)];
          break;
        case 1:
          text.erase(at, 1 + random.below(20));
          break;
        case 2:
          text.insert(at, text.substr(random.below(text.size()), random.below(40)));
          break;
        default:
          text[at] = static_cast<char>(random.below(256));
      }
    }
    const LoadResult result = Asked{}.load(text);
    bool errors = false;
    for (const Finding& f : result.findings) {
      EXPECT_TRUE(f.at.line > 0 && f.at.column > 0 && !f.text.empty() && !f.fix.empty()) << text;
      errors = errors || f.severity == Severity::Error;
    }
    EXPECT_EQ(result.ok(), !errors) << text;
    EXPECT_TRUE(result.unreadable.empty()) << text;
  }
}

TEST(Load, FindingsShowNoValueOfTheEnvironmentNorPasswordOfAUrlNorKey) {
  Asked asked;
  const std::string secret = "correct\"horse-battery-staple";
  asked.environment.values = {
      {"SECRET", secret}, {"LONG", std::string(200, 'x')}, {"URL", "http://u:" + secret + "@h"}};
  for (const std::string wrong :
       {"environment: ${SECRET}", "environment: '-${SECRET}-'", "environment: ${LONG}", "threads: ${SECRET}",
        "upstreams: { up: { targets: [ \"${URL}\" ] } }",
        "upstreams: { up: { targets: [ 'http://u:correct-horse@h' ] } }",
        "upstreams: { up: { targets: [ 'u:correct-horse@h/x' ] } }",
        "environment: rv_live_7Qd2XkPaAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA1uyWKz"}) {
    const LoadResult result = asked.load(wrong);
    ASSERT_FALSE(result.findings.empty()) << wrong;
    for (const Finding& finding : result.findings)
      for (const char* part : {"horse", "xxxx", "7Qd2"})
        EXPECT_EQ((finding.text + finding.fix).find(part), std::string::npos) << finding.text << finding.fix;
  }
}

}  // namespace
}  // namespace reeve::config
