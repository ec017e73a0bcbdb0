// SPDX-License-Identifier: Apache-2.0
// The data plane over in-memory streams: a client, a gateway, scripted upstreams. Each operation on a stream
// fails once, in turn, until none does: whatever fails, the request has one outcome and nothing is left over.
#include "proxy/gateway.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "rt/wait.h"
#include "server/connections.h"
#include "tests/support/memory_stream.h"
#include "tests/support/test_loop.h"
#include "upstream/shared.h"

namespace reeve::proxy {
namespace {

using namespace std::chrono_literals;

struct ZeroRandom final : rt::Random {
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& b : bytes) b = std::byte{1};
  }
};

struct NoNames final : rt::Resolver {
  rt::Task<rt::IoResult<rt::ResolvedName>> resolve(std::string, rt::Deadline) override {
    co_return std::unexpected(rt::IoStatus::NameNotFound);
  }
};

struct Lines final : telemetry::AccessLog {
  struct Line {
    std::uint16_t status;
    std::string code;
    std::string path;
    std::uint32_t attempts;
    std::uint64_t bytes_in, bytes_out;
  };
  bool enabled() const override { return true; }
  void write(const telemetry::AccessRecord& r) override {
    lines.push_back({r.status, r.code ? std::string(facts(*r.code).name) : "", std::string(r.path),
                     r.attempts, r.bytes_in, r.bytes_out});
  }
  std::vector<Line> lines;
};

/// Hands out one end of a pair for each dial; the other end is played by `answers`, one script a connection.
struct ScriptedDialer final : rt::Dialer {
  explicit ScriptedDialer(rt::Loop& l) : loop(l) {}

  std::shared_ptr<rt::TlsClientContext> tls_context(const rt::TlsClientSettings&) override { return nullptr; }
  rt::Task<rt::IoResult<std::unique_ptr<rt::Stream>>> dial(Target, rt::Deadline, rt::Cancellation*) override {
    ++dials;
    if (answers.empty()) co_return std::unexpected(rt::IoStatus::Refused);
    auto pair = test::make_memory_pair(loop);
    pair.a->fail_operation(std::exchange(fail_at, 0), rt::IoStatus::Reset);
    std::string answer = answers.front();
    answers.pop_front();
    scope.spawn(play, std::ref(*this), std::move(pair.b), answer);
    co_return std::unique_ptr<rt::Stream>(std::move(pair.a));
  }
  /// Reads until a request's end, answers, and again; "" closes without an answer.
  static rt::Task<> play(ScriptedDialer& self, std::unique_ptr<rt::Stream> stream, std::string answer) {
    for (;;) {
      rt::Buffer got;
      while (!complete(got.view())) {
        got.make_room(1024);
        const auto status = co_await stream->read(got, rt::Deadline::never());
        if (status != rt::IoStatus::Ok) co_return;
      }
      self.requests.emplace_back(got.view());
      if (answer.empty()) co_return;
      const auto status =
          co_await stream->write(rt::WriteList(rt::Buffer::copy_of(answer)), rt::Deadline::never());
      if (status != rt::IoStatus::Ok || self.once) co_return;
    }
  }
  static bool complete(std::string_view bytes) {
    const std::size_t head = bytes.find("\r\n\r\n");
    if (head == std::string_view::npos) return false;
    if (bytes.find("chunked") < head)
      return bytes.find("\r\n0\r\n") != std::string_view::npos && bytes.ends_with("\r\n\r\n");
    const std::size_t length = bytes.find("Content-Length: ");
    const std::size_t body = length < head ? std::stoul(std::string(bytes.substr(length + 16))) : 0;
    return bytes.size() >= head + 4 + body;
  }

  rt::Loop& loop;
  std::deque<std::string> answers;
  std::vector<std::string> requests;
  int dials = 0;
  bool once = false;          // close after the first answer
  std::uint64_t fail_at = 0;  // operation of the next connection that fails
  rt::Scope scope;
};

struct World {
  /// `change`: to the route and what it names.
  explicit World(const std::function<void(policy::Snapshot&)>& change = [](policy::Snapshot&) {})
      : dialer(loop), shared(std::make_shared<upstream::Shared>()), client(loop, dialer, resolver, shared) {
    gateway.emplace(loop, client, limits, metrics, log, random, crypto::IdSealer(crypto::IdKey{}, 1, 0),
                    "test");
    const auto configuration = snapshot(change);
    gateway->publish(
        configuration,
        std::make_shared<const limits::Binding>(limits.bind(*configuration, {loop.now(), WallTime{}})), {});
    connections.emplace(loop, *gateway, server::Settings{});
  }
  ~World() {
    connections->cut();
    loop.settle();
    loop.advance(10s);
    EXPECT_EQ(connections->open(), 0u);
    connections.reset();
    gateway.reset();
    client.close_kept();
    loop.settle();
    far.reset();
    loop.settle();
    EXPECT_EQ(dialer.scope.running(), 0u) << "an upstream connection was left open";
  }
  static std::shared_ptr<const policy::Snapshot> snapshot(
      const std::function<void(policy::Snapshot&)>& change) {
    auto s = std::make_shared<policy::Snapshot>();
    policy::Upstream up;
    up.name = "up";
    policy::Target target;
    target.url = "http://127.0.0.1:9000";
    target.host = "127.0.0.1";
    target.port = 9000;
    target.authority = "127.0.0.1:9000";
    up.targets.push_back(target);
    s->upstreams.push_back(up);
    policy::Route route;
    route.name = "all";
    route.acceptance.none = true;
    policy::ToUpstream to;
    to.shares.push_back({0, 1});
    to.total_weight = 1;
    route.destination = to;
    policy::PathPattern pattern;
    pattern.segments.push_back({policy::PathPattern::Kind::Rest, "", "rest"});
    s->route_table.add("", pattern, 0, route);
    s->routes.push_back(std::move(route));
    change(*s);
    return s;
  }
  void connect() {
    auto pair = test::make_memory_pair(loop);
    far = std::move(pair.b);
    pair.a->fail_operation(std::exchange(client_fail_at, 0), rt::IoStatus::Reset);
    PeerFacts peer;
    peer.address = IpAddress::parse("192.0.2.7");
    peer.local_port = 8080;
    connections->accept(std::move(pair.a), peer);
  }
  void send(std::string bytes) {
    loop.wait(write(*far, std::move(bytes)));
    loop.settle();
  }
  static rt::Task<> write(rt::Stream& stream, std::string bytes) {
    [[maybe_unused]] const auto status =
        co_await stream.write(rt::WriteList(rt::Buffer::copy_of(bytes)), rt::Deadline::never());
  }
  std::string received() {
    std::string all;
    loop.wait(read_all(*far, loop.now(), all));
    return all;
  }
  static rt::Task<> read_all(rt::Stream& stream, MonoTime now, std::string& all) {
    for (;;) {
      rt::Buffer buffer;
      const auto status = co_await stream.read(buffer, rt::Deadline::after(now, 1ms));
      all += buffer.view();
      if (status != rt::IoStatus::Ok) co_return;
    }
  }

  test::TestLoop loop;
  ZeroRandom random;
  NoNames resolver;
  Lines log;
  telemetry::Shard metrics;
  ScriptedDialer dialer;
  std::shared_ptr<upstream::Shared> shared;
  limits::Table limits{SipKey{1, 2}};
  upstream::Client client;
  std::optional<Gateway> gateway;
  std::optional<server::Connections> connections;
  std::unique_ptr<test::MemoryStream> far;
  std::uint64_t client_fail_at = 0;
};

constexpr const char* kHello =
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Request-Id: theirs\r\nReeve-Origin: x\r\n\r\nhello";

TEST(Gateway, ForwardsAndNamesTheRequestOnBothSides) {
  World w;
  w.dialer.answers = {kHello};
  w.connect();
  w.send(
      "GET /a/./b?q=1 HTTP/1.1\r\nHost: x.example\r\nX-Request-Id: mine\r\nX_Y: 1\r\nReeve-Key: k\r\n"
      "Connection: X-Hop\r\nX-Hop: 1\r\nVia: 1.1 other\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n");
  const std::string answer = w.received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_NE(answer.find("X-Request-Id: mine\r\n"), std::string::npos);
  EXPECT_NE(answer.find("Reeve-Origin: upstream\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("theirs"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nhello"));
  ASSERT_EQ(w.dialer.requests.size(), 1u);
  const std::string& sent = w.dialer.requests[0];
  EXPECT_TRUE(sent.starts_with("GET /a/b?q=1 HTTP/1.1\r\nHost: x.example\r\n")) << sent;
  for (const char* gone : {"X_Y", "Reeve-Key", "X-Hop", "6.6.6.6"})
    EXPECT_EQ(sent.find(gone), std::string::npos) << gone;
  for (const char* there : {"Via: 1.1 other\r\n", "Via: 1.1 reeve-test\r\n", "X-Forwarded-For: 192.0.2.7\r\n",
                            "X-Forwarded-Host: x.example\r\n", "X-Forwarded-Proto: http\r\n",
                            "X-Forwarded-Port: 8080\r\n", "X-Request-Id: mine\r\n", "traceparent: 00-"})
    EXPECT_NE(sent.find(there), std::string::npos) << there << "\n" << sent;
  ASSERT_EQ(w.log.lines.size(), 1u);
  EXPECT_EQ(w.log.lines[0].status, 200);
  EXPECT_EQ(w.log.lines[0].path, "/a/b");
  EXPECT_EQ(w.log.lines[0].bytes_out, 5u);
}

TEST(Gateway, AnIdempotentRequestGoesAgainWhenAKeptConnectionWasStale) {
  World w;
  w.dialer.answers = {kHello, kHello};
  w.dialer.once = true;  // the upstream closes after each answer without saying so
  w.connect();
  w.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  w.send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answers = w.received();
  EXPECT_NE(answers.find("hello", answers.find("hello") + 1), std::string::npos) << answers;
  EXPECT_EQ(w.log.lines.size(), 2u);
  EXPECT_EQ(w.log.lines[1].attempts, 1u) << "that was no further attempt";
}

TEST(Gateway, AnUpstreamThatRefusesIsUnreachable) {
  World w;
  w.connect();
  w.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
  const std::string answer = w.received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 502")) << answer;
  EXPECT_NE(answer.find("upstream-unreachable"), std::string::npos);
  EXPECT_NE(answer.find("Reeve-Origin: gateway\r\n"), std::string::npos);
}

/// Two requests in a day of each address.
void twice(policy::Snapshot& snapshot) {
  policy::Limit limit;
  limit.name = "twice";
  limit.interval = 12h;
  limit.burst = 2;
  limit.per = {{policy::SubjectPart::Ip, ""}};
  snapshot.limits.push_back(limit);
  snapshot.routes[0].limits.push_back({0, {}});
  snapshot.routes[0].body_max = 4;
}

TEST(Gateway, WhatReachedNoUpstreamOrWasRefusedLateUsesNoLimitUp) {
  for (const bool hidden : {false, true}) {
    World w([&](policy::Snapshot& snapshot) {
      twice(snapshot);
      snapshot.routes[0].hidden = hidden;
    });
    w.dialer.answers = {};
    for (int i = 0; i < 3; ++i) {
      w.connect();
      w.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
      EXPECT_EQ(w.log.lines.back().code, "upstream-unreachable");
    }
    w.dialer.answers.assign(3, kHello);
    for (int i = 0; i < 3; ++i) {
      w.connect();
      w.send("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n");
      EXPECT_EQ(w.log.lines.back().code, "body-too-large") << "operators are told what it was";
    }
    EXPECT_TRUE(w.dialer.requests.empty());
  }
}

TEST(Gateway, WhatMayHaveReachedAnUpstreamHasUsedItsLimitsUp) {
  World w(twice);
  w.dialer.answers.assign(3, kHello);
  for (const char* code : {"body-too-large", "body-too-large", "rate-limited"}) {
    w.connect();
    w.send("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
    w.send("5\r\nabcde\r\n0\r\n\r\n");
    EXPECT_EQ(w.log.lines.back().code, code);
  }
  EXPECT_EQ(w.dialer.dials, 2);
}

TEST(Gateway, SilenceEndsAtTheAnswersDeadline) {
  World w;
  w.dialer.answers = {""};
  w.connect();
  w.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(w.received().starts_with("HTTP/1.1 502")) << "it closed without an answer";
}

TEST(Gateway, AChunkedUploadGoesWithItsTrailersAndAnAnswerUntilCloseComesChunked) {
  World w;
  w.dialer.answers = {"HTTP/1.1 200 OK\r\n\r\nall of it"};
  w.dialer.once = true;
  w.connect();
  w.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  w.send("2;ext=1\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n");
  ASSERT_EQ(w.dialer.requests.size(), 1u);
  EXPECT_TRUE(w.dialer.requests[0].ends_with("\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n"))
      << w.dialer.requests[0];
  const std::string answer = w.received();
  EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("9\r\nall of it\r\n0\r\n\r\n")) << answer;
  EXPECT_EQ(w.log.lines[0].bytes_in, 5u);
}

TEST(Gateway, AClientThatLeavesTakesTheUpstreamConnectionWithIt) {
  World w;
  w.dialer.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\npart"};
  w.connect();
  w.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  w.far->reset();
  w.loop.settle();
  EXPECT_EQ(w.dialer.scope.running(), 0u);
  ASSERT_EQ(w.log.lines.size(), 1u);
  EXPECT_EQ(w.log.lines[0].code, "client-closed");
}

TEST(Gateway, WhateverOperationFailsTheRequestHasOneOutcome) {
  for (bool on_client : {false, true}) {
    std::uint64_t nth = 1;
    for (bool failed = true; failed; ++nth) {
      ASSERT_LT(nth, 60u);
      SCOPED_TRACE(std::string(on_client ? "client" : "upstream") + " operation " + std::to_string(nth));
      World w;
      w.dialer.answers = {kHello, kHello};
      (on_client ? w.client_fail_at : w.dialer.fail_at) = nth;
      w.connect();
      w.send("PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      w.send("3\r\ndef\r\n0\r\n\r\n");
      const std::string answer = w.received();
      w.far->reset();
      w.loop.settle();
      failed = !answer.starts_with("HTTP/1.1 200 OK") || !answer.ends_with("hello");
      // A client that is gone before its head was read was no request.
      EXPECT_LE(w.log.lines.size(), 1u);
      if (!on_client) {
        EXPECT_EQ(w.log.lines.size(), 1u);
      }
    }
  }
}

}  // namespace
}  // namespace reeve::proxy
