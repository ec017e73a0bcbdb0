// SPDX-License-Identifier: Apache-2.0
#include "server/connections.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rt/wait.h"
#include "tests/support/memory_stream.h"
#include "tests/support/test_loop.h"

namespace reeve::server {
namespace {

using namespace std::chrono_literals;

/// Answers every request with its target; can be told to wait, and does not read bodies.
class Echo final : public Handler {
 public:
  explicit Echo(rt::Loop& loop) : gate(loop) { gate.set(); }

  rt::Task<> serve(Exchange& exchange) override {
    targets.emplace_back(exchange.head.target);
    if (exchange.peer.proxied_address) proxied = exchange.peer.proxied_address->to_string();
    {
      rt::Cancellation::Attached attached(exchange.cancellation, gate);
      const rt::IoStatus status = co_await gate.wait(rt::Deadline::never());
      if (status != rt::IoStatus::Ok) {
        ++cancelled;
        co_return;
      }
    }
    const bool keep = exchange.keeps_alive();
    if (!keep) exchange.close = true;
    std::string answer =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(targets.back().size()) + "\r\n";
    if (!keep) answer += "Connection: close\r\n";
    answer += "\r\n" + targets.back();
    const rt::IoStatus written = co_await exchange.stream.write(rt::WriteList(rt::Buffer::copy_of(answer)),
                                                                exchange.loop.now(), exchange.body_idle);
    if (written != rt::IoStatus::Ok) exchange.close = true;
  }
  rt::Buffer refuse(const Error& error, Exchange&) override {
    refused.push_back(error.code);
    return rt::Buffer::copy_of("HTTP/1.1 " + std::to_string(facts(error.code).status) +
                               " Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  }

  rt::Event gate;
  std::vector<std::string> targets;
  std::vector<Code> refused;
  std::string proxied;
  int cancelled = 0;
};

struct ConnectionsTest : ::testing::Test {
  ConnectionsTest() : echo(loop), connections(loop, echo, settings()) {}
  ~ConnectionsTest() override {
    connections.cut();
    loop.settle();
    loop.advance(10s);
    EXPECT_EQ(connections.open(), 0u);
  }
  static Settings settings() {
    Settings s;
    s.speaks_proxy_protocol = [](const PeerFacts& peer) { return peer.port == 7; };
    return s;
  }
  /// A new client; the far end is kept here.
  test::MemoryStream& connect(std::uint16_t port = 1) {
    auto pair = test::make_memory_pair(loop);
    clients.push_back(std::move(pair.b));
    PeerFacts peer;
    peer.address = IpAddress::parse("192.0.2.1");
    peer.port = port;
    connections.accept(std::move(pair.a), peer);
    return *clients.back();
  }
  void send(test::MemoryStream& client, std::string bytes) {
    loop.wait(write(client, std::move(bytes)));
    loop.settle();
  }
  static rt::Task<> write(rt::Stream& stream, std::string bytes) {
    const auto status =
        co_await stream.write(rt::WriteList(rt::Buffer::copy_of(bytes)), rt::Deadline::never());
    EXPECT_EQ(status, rt::IoStatus::Ok);
  }
  /// What has arrived, and "<end>" if the server has closed.
  std::string received(test::MemoryStream& client) {
    std::string all;
    loop.wait(read_all(client, loop.now(), all));
    return all;
  }
  static rt::Task<> read_all(rt::Stream& stream, MonoTime now, std::string& all) {
    for (;;) {
      rt::Buffer buffer;
      const auto status = co_await stream.read(buffer, rt::Deadline::after(now, 1ms));
      all += buffer.view();
      if (status == rt::IoStatus::TimedOut) co_return;
      if (status != rt::IoStatus::Ok) {
        all += "<end>";
        co_return;
      }
    }
  }

  test::TestLoop loop;
  Echo echo;
  Connections connections;
  std::vector<std::unique_ptr<test::MemoryStream>> clients;
};

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_F(ConnectionsTest, PipelinedRequestsAreAnsweredInOrder) {
  auto& client = connect();
  send(client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHo");
  EXPECT_EQ(received(client), ok("/a") + ok("/b"));
  send(client, "st: x\r\n\r\n");
  EXPECT_EQ(received(client), ok("/c"));
  EXPECT_EQ(connections.open(), 1u);
}

TEST_F(ConnectionsTest, AHeadThatDoesNotComeInTimeIsRefused) {
  auto& client = connect();
  send(client, "GET / HTTP/1.1\r\nHo");
  loop.advance(9s);
  EXPECT_TRUE(echo.refused.empty());
  loop.advance(2s);
  EXPECT_EQ(echo.refused, std::vector{Code::RequestTimeout});
  EXPECT_NE(received(client).find("408"), std::string::npos);
}

TEST_F(ConnectionsTest, ASilentConnectionClosesWithoutAnAnswer) {
  auto& client = connect();
  loop.advance(11s);
  EXPECT_EQ(received(client), "<end>");
  EXPECT_TRUE(echo.refused.empty());
}

TEST_F(ConnectionsTest, AnIdleConnectionLivesForTheIdleTime) {
  auto& client = connect();
  send(client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(received(client), ok("/a"));
  loop.advance(59s);
  EXPECT_EQ(connections.open(), 1u);
  loop.advance(2s);
  EXPECT_EQ(connections.open(), 0u);
}

TEST_F(ConnectionsTest, MalformedBytesAreRefusedAndTheConnectionCloses) {
  auto& client = connect();
  send(client, "GET / HTTP/1.1\nHost: x\n\n");
  EXPECT_EQ(echo.refused, std::vector{Code::RequestMalformed});
  const std::string answer = received(client);
  EXPECT_NE(answer.find("400"), std::string::npos);
  EXPECT_NE(answer.find("<end>"), std::string::npos);
}

TEST_F(ConnectionsTest, ALittleOfAnUnreadBodyIsThrownAway) {
  auto& client = connect();
  send(client, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
  EXPECT_EQ(received(client), ok("/a"));
  send(client, "cdGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(received(client), ok("/b"));
}

TEST_F(ConnectionsTest, AnAnswerToALongUploadArrivesBeforeTheConnectionCloses) {
  auto& client = connect();
  send(client, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nab");
  const std::string answer = received(client);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_NE(answer.find("<end>"), std::string::npos) << "our direction has ended";
  EXPECT_EQ(connections.open(), 1u) << "but what the client still sends is read";
  send(client, std::string(50000, 'x'));
  EXPECT_EQ(client.unread(), 0u);
  loop.advance(3s);
  EXPECT_EQ(connections.open(), 0u);
}

TEST_F(ConnectionsTest, AClientThatLeavesCancelsItsRequest) {
  echo.gate.reset();
  auto& client = connect();
  send(client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(echo.cancelled, 0);
  client.reset();
  loop.settle();
  EXPECT_EQ(echo.cancelled, 1);
  EXPECT_EQ(connections.open(), 0u);
}

TEST_F(ConnectionsTest, DrainClosesIdleConnectionsAndOthersAfterTheirAnswer) {
  auto& idle = connect();
  send(idle, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(received(idle), ok("/a"));
  echo.gate.reset();
  auto& busy = connect();
  send(busy, "GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  connections.drain();
  loop.settle();
  EXPECT_EQ(received(idle), "<end>");
  EXPECT_EQ(connections.open(), 1u);
  echo.gate.set();
  loop.settle();
  const std::string answer = received(busy);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(connections.open(), 0u);
}

TEST_F(ConnectionsTest, DrainServesTheFirstRequestOfAFreshConnection) {
  auto& fresh = connect();
  auto& silent = connect();
  connections.drain();
  loop.settle();
  auto& late = connect();  // was in the listener's queue
  EXPECT_EQ(connections.open(), 3u);
  for (auto* client : {&fresh, &late}) {
    send(*client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string answer = received(*client);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_NE(answer.find("/a"), std::string::npos);
  }
  loop.advance(1100ms);
  EXPECT_EQ(received(silent), "<end>");
  EXPECT_EQ(connections.open(), 0u);
}

TEST_F(ConnectionsTest, UnderPressureThoseIdleLongestClose) {
  auto& older = connect();
  send(older, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  auto& newer = connect();
  send(newer, "GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(connections.close_idle(1), 1u);
  loop.settle();
  EXPECT_EQ(connections.open(), 1u);
  EXPECT_EQ(received(older), ok("/a") + "<end>");
  EXPECT_EQ(received(newer), ok("/b"));
}

TEST_F(ConnectionsTest, CutBreaksOffWhatIsGoingOn) {
  echo.gate.reset();
  auto& client = connect();
  send(client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  connections.cut();
  loop.settle();
  EXPECT_EQ(connections.open(), 0u);
  EXPECT_EQ(echo.cancelled, 1);
}

TEST_F(ConnectionsTest, AProxyHeaderTellsTheClientAndItsRestIsTheRequest) {
  auto& client = connect(7);
  send(client, "PROXY TCP4 198.51.100.9 10.0.0.1 4711 80\r\nGET /a HT");
  send(client, "TP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(received(client), ok("/a"));
  EXPECT_EQ(echo.proxied, "198.51.100.9");
}

TEST_F(ConnectionsTest, AMissingProxyHeaderClosesTheConnection) {
  auto& client = connect(7);
  send(client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(received(client), "<end>");
  EXPECT_TRUE(echo.targets.empty());
}

}  // namespace
}  // namespace reeve::server
