// SPDX-License-Identifier: Apache-2.0
// The admin API over in-memory connections: who is let in, what is answered, what hostile requests get.
#include "admin/admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/access.h"
#include "base/ascii.h"
#include "control/control_test_support.h"
#include "http/h1/parse.h"
#include "json/reader.h"
#include "server/connections.h"
#include "tests/support/memory_stream.h"

namespace reeve::admin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kToken = "the-admin-token-0123456789";

struct Response {
  int status = 0;
  std::string head;
  std::string body;
  json::Value json() const { return json::parse(body).value_or(json::Value{}); }
  std::string code() const { return std::string(json()["code"].string().value_or("")); }
};

struct AdminTest : ::testing::Test, control::ControlFixture {
  AdminTest()
      : limits(SipKey{1, 2}),
        explainer(
            loop.loop(), control, limits, [this] { return binding; }, keys, archive),
        admin({control, registry, explainer, archive, [] { return Live{.connections = 3}; }},
              std::string(kToken), IpEndpoint{*IpAddress::parse("127.0.0.1"), 8081}),
        connections(loop.loop(), admin, {}) {
    registry.add_shard();
    start();
  }
  ~AdminTest() override {
    connections.cut();
    loop.settle();
  }

  /// Sends it on a connection of its own and reads until that is idle or closed.
  Response raw(std::string_view bytes) {
    auto pair = test::make_memory_pair(loop.loop());
    connections.accept(std::move(pair.a), PeerFacts{});
    std::string received = loop.wait(talk(*pair.b, std::string(bytes)));
    pair.b.reset();
    loop.settle();
    http::ResponseHead head;
    std::uint32_t scanned = 0;
    while (received.starts_with("HTTP/1.1 100")) received.erase(0, received.find("\r\n\r\n") + 4);
    const auto parsed = http::h1::parse_response(received, {}, scanned, false, head);
    EXPECT_EQ(parsed.state, http::h1::ParseState::Complete) << received;
    return {head.status, received.substr(0, head.size), received.substr(head.size)};
  }
  static rt::Task<std::string> talk(test::MemoryStream& stream, std::string bytes) {
    const rt::Deadline deadline{MonoTime(std::chrono::hours(2))};
    [[maybe_unused]] const rt::IoStatus sent =
        co_await stream.write(rt::WriteList(rt::Buffer::copy_of(bytes)), deadline);
    std::string received;
    for (;;) {
      rt::Buffer piece;
      const rt::IoStatus status = co_await stream.read(piece, deadline);
      received.append(piece.view());
      if (status != rt::IoStatus::Ok) co_return received;
    }
  }
  Response ask(std::string_view method, std::string_view path, std::string_view fields = "",
               std::string_view body = "", std::string_view host = "127.0.0.1:8081") {
    std::string bytes = std::string(method) + " " + std::string(path) +
                        " HTTP/1.1\r\nHost: " + std::string(host) + "\r\nConnection: close\r\n" +
                        std::string(fields);
    if (!body.empty()) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return raw(bytes + "\r\n" + std::string(body));
  }
  static std::string bearer(std::string_view token = kToken) {
    return "Authorization: Bearer " + std::string(token) + "\r\n";
  }

  telemetry::Registry registry;
  limits::Table limits;
  std::shared_ptr<const limits::Binding> binding = std::make_shared<const limits::Binding>();
  control::DecisionKeys keys{.keys = {crypto::IdKey{}}, .made = {WallTime{}}};
  control::Archive archive{"/nowhere", environment};
  control::Explainer explainer;
  Admin admin;
  server::Connections connections;
};

TEST_F(AdminTest, ProbesAndMetricsNeedNeitherTokenNorHost) {
  for (const char* path : {"/healthz", "/readyz", "/metrics"}) {
    EXPECT_EQ(ask("GET", path).status, 200) << path;
    EXPECT_EQ(ask("GET", path, "", "", "evil.example").status, 200) << path;
    const Response head = ask("HEAD", path);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(ask("POST", path).status, 405);
  }
  EXPECT_THAT(ask("GET", "/metrics").head, HasSubstr("Content-Type: text/plain; version=0.0.4"));
}

TEST_F(AdminTest, ReadyzFailsFromTheFirstMomentOfADrain) {
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
  loop.wait(control.begin_drain());
  const Response response = ask("GET", "/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.code(), "draining");
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
}

TEST_F(AdminTest, TheRestNeedsTheToken) {
  for (const auto& [fields, code] : std::vector<std::pair<std::string, std::string>>{
           {"", "credential-missing"},
           {bearer("wrong"), "credential-unknown"},
           {bearer(std::string(kToken) + "x"), "credential-unknown"},
           {"Authorization: Bearer\r\n", "credential-unknown"},
           {"Authorization: Basic " + std::string(kToken) + "\r\n", "credential-unknown"},
           {bearer() + bearer(), "credential-unknown"}}) {
    const Response response = ask("POST", "/v1/reload", fields);
    EXPECT_EQ(response.status, 401) << fields;
    EXPECT_EQ(response.code(), code) << fields;
    EXPECT_THAT(response.head, HasSubstr("WWW-Authenticate: Bearer realm=\"reeve\""));
    EXPECT_EQ(ask("GET", "/openapi.json", fields).status, 401);
  }
  EXPECT_EQ(ask("POST", "/v1/reload?token=" + std::string(kToken)).status, 401);
  EXPECT_EQ(ask("POST", "/v1/reload", "authorization: bearer " + std::string(kToken) + "\r\n").status, 200);
}

TEST_F(AdminTest, AForeignHostIsMisdirected) {
  for (const char* host : {"evil.example", "evil.example:8081", "127.0.0.1.evil.example", "192.0.2.1"}) {
    const Response response = ask("POST", "/v1/reload", bearer(), "", host);
    EXPECT_EQ(response.status, 421) << host;
    EXPECT_EQ(response.code(), "misdirected-request");
  }
  for (const char* host : {"127.0.0.1:8081", "127.0.0.1", "localhost:9999", "LOCALHOST", "[::1]:8081"})
    EXPECT_EQ(ask("POST", "/v1/reload", bearer(), "", host).status, 200) << host;
}

TEST(Host, OfAWildcardAddressMayBeAnyAddressButNoName) {
  const Endpoint wildcard = *parse_endpoint("0.0.0.0:8081");
  EXPECT_TRUE(host_is_ours("192.0.2.7:8081", wildcard));
  EXPECT_TRUE(host_is_ours("[2001:db8::1]", wildcard));
  EXPECT_FALSE(host_is_ours("gateway.internal", wildcard));
  EXPECT_FALSE(host_is_ours("", wildcard));
  const Endpoint local = *parse_endpoint("unix:/run/admin.sock");
  EXPECT_TRUE(host_is_ours("localhost", local));
  EXPECT_FALSE(host_is_ours("192.0.2.7", local));
}

TEST_F(AdminTest, WhatIsNotThereIs404AndTheWrongMethod405) {
  EXPECT_EQ(ask("GET", "/v1/nothing", bearer()).status, 404);
  EXPECT_EQ(ask("GET", "/v1/reload/", bearer()).status, 404);
  const Response response = ask("GET", "/v1/reload", bearer());
  EXPECT_EQ(response.status, 405);
  EXPECT_THAT(response.head, HasSubstr("Allow: POST\r\n"));
  EXPECT_THAT(ask("DELETE", "/openapi.json", bearer()).head, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST_F(AdminTest, ReloadAnswersWhatItDid) {
  const json::Value same = ask("POST", "/v1/reload", bearer()).json();
  EXPECT_EQ(same["ok"].boolean(), true);
  EXPECT_EQ(same["changed"].boolean(), false);
  EXPECT_TRUE(same["digest"].is_null());
  std::vector<std::string> names;
  for (const auto& [name, value] : same.members()) names.push_back(name);
  EXPECT_THAT(names, ::testing::ElementsAre("ok", "changed", "configuration", "findings", "loses", "digest"));
  write(control::yaml("2"));
  const json::Value changed = ask("POST", "/v1/reload", bearer(), R"({"accept_lost":"d"})").json();
  EXPECT_EQ(changed["changed"].boolean(), true);
  EXPECT_EQ(changed["configuration"].string(), control.current()->hash);
}

TEST_F(AdminTest, ABadFileIs422WithItsFindings) {
  write("routez: []\n");
  const Response response = ask("POST", "/v1/reload", bearer());
  EXPECT_EQ(response.status, 422);
  EXPECT_THAT(response.head, HasSubstr("Content-Type: application/problem+json"));
  const json::Value problem = response.json();
  EXPECT_EQ(problem["status"].integer(), 422);
  EXPECT_EQ(problem["code"].string(), "configuration-refused");
  EXPECT_EQ(problem["ok"].boolean(), false);
  ASSERT_FALSE(problem["findings"].items().empty());
  EXPECT_EQ(problem["findings"].items()[0]["rule"].string(), "unknown-key");
  EXPECT_EQ(problem["configuration"].string(), control.current()->hash);
}

TEST_F(AdminTest, AFileThatIsGoneIsNotTheCallersFault) {
  files.files.clear();
  const Response response = ask("POST", "/v1/reload", bearer());
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.code(), "configuration-unreadable");
}

TEST_F(AdminTest, UnknownParametersAndMembersAreRefused) {
  EXPECT_EQ(ask("POST", "/v1/reload?surprise=1", bearer()).status, 400);
  for (const char* body : {"{", "[]", "1", R"({"accept_lots":"x"})", R"({"accept_lost":1})"})
    EXPECT_EQ(ask("POST", "/v1/reload", bearer(), body).status, 400) << body;
  for (const char* body : {"{}", " {} ", R"({"accept_lost":null})"})
    EXPECT_EQ(ask("POST", "/v1/reload", bearer(), body).status, 200) << body;
}

TEST_F(AdminTest, BodiesAreBounded) {
  EXPECT_EQ(ask("POST", "/v1/reload", bearer(), std::string(65 * 1024, ' ')).status, 413);
  EXPECT_EQ(ask("GET", "/healthz", "", "x").status, 413);
  const std::string chunked = "POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
                              bearer() + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
  EXPECT_EQ(raw(chunked).status, 200);
}

TEST_F(AdminTest, AnExpectedContinueIsSent) {
  EXPECT_EQ(ask("POST", "/v1/reload", bearer() + "Expect: 100-continue\r\n", "{}").status, 200);
}

TEST_F(AdminTest, WhatIsNoRequestGetsAProblemAndAClose) {
  const Response response = raw("GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.head, HasSubstr("Connection: close"));
  EXPECT_EQ(response.code(), "request-malformed");
}

TEST_F(AdminTest, ConnectionsAreKept) {
  const Response response =
      raw("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: "
          "close\r\n\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("HTTP/1.1 200"));
}

TEST_F(AdminTest, OpenApiTellsEveryResource) {
  const Response response = ask("GET", "/openapi.json", bearer());
  EXPECT_EQ(response.status, 200);
  const json::Value document = response.json();
  EXPECT_THAT(std::string(document["openapi"].string().value_or("")), StartsWith("3.1"));
  EXPECT_EQ(document["paths"].members().size(), resources().size());
  for (const Resource& resource : resources()) {
    std::string method(resource.method);
    std::ranges::transform(method, method.begin(), ascii::lower);
    std::string path(resource.path);
    if (path.ends_with('/')) path += "{id}";
    EXPECT_FALSE(document["paths"][path][method].is_null()) << path;
    const bool open = !document["paths"][path][method]["security"].is_null();
    EXPECT_EQ(open, resource.open) << resource.path;
  }
}

TEST_F(AdminTest, ConfigShowsWhatIsServedWithoutSecrets) {
  EXPECT_EQ(ask("GET", "/v1/config", bearer()).code(), "dependency-unavailable");  // nothing is kept yet
  archive.served(*control.current(), load().sources, WallTime{});
  const Response response = ask("GET", "/v1/config", bearer());
  EXPECT_EQ(response.status, 200);
  const json::Value shown = response.json();
  EXPECT_EQ(shown["hash"].string(), control.current()->hash);
  EXPECT_EQ(shown["files"].items()[0].string(), "reeve.yaml");
  EXPECT_EQ(shown["configuration"]["routes"].items()[0]["respond"]["body"].string(), "1");
}

TEST_F(AdminTest, StatsSumUpWhatWasCounted) {
  telemetry::Shard& shard = registry.add_shard();
  telemetry::RouteMetrics& posts = *shard.route("posts");
  shard.request(posts, http::Method::Get, 200, telemetry::Origin::Upstream, std::chrono::milliseconds(3));
  shard.request(posts, http::Method::Get, 403, telemetry::Origin::Gateway, std::chrono::milliseconds(1));
  shard.refusal(posts, Code::OutsideHours, Check::Hours);
  const json::Value stats = ask("GET", "/v1/stats", bearer()).json();
  EXPECT_EQ(stats["configuration"].string(), control.current()->hash);
  EXPECT_EQ(stats["requests"]["total"].integer(), 2);
  EXPECT_EQ(stats["requests"]["upstream"].integer(), 1);
  EXPECT_EQ(stats["requests"]["statuses"]["403"].integer(), 1);
  EXPECT_FALSE(stats["requests"]["duration"]["p95"].is_null());
  EXPECT_EQ(stats["routes"].items()[0]["route"].string(), "posts");
  EXPECT_EQ(stats["routes"].items()[0]["refusals"].integer(), 1);
  EXPECT_EQ(stats["refusals"].items()[0]["code"].string(), "outside-hours");
  EXPECT_EQ(stats["refusals"].items()[0]["check"].string(), "hours");
  EXPECT_EQ(stats["connections"]["open"].integer(), 3);
  EXPECT_EQ(ask("GET", "/v1/stats").status, 401);
}

TEST_F(AdminTest, NoAnswerHoldsTheToken) {
  std::string all;
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/openapi.json", "/nothing"})
    all += ask("GET", path, bearer()).body;
  all += ask("POST", "/v1/reload", bearer()).body;
  EXPECT_THAT(all, Not(HasSubstr(std::string(kToken))));
}

}  // namespace
}  // namespace reeve::admin
