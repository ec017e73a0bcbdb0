// SPDX-License-Identifier: Apache-2.0
// Against a small name server on 127.0.0.1, driven by the same reactor.
#include "net/dns_resolver.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "net/socket_test_support.h"

namespace reeve::net {
namespace {

using namespace std::chrono_literals;
using rt::Deadline;
using rt::IoStatus;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
using Resolved = rt::IoResult<rt::ResolvedName>;

constexpr std::uint16_t kA = 1;

IpAddress ip(std::string_view text) {
  return *IpAddress::parse(text);
}

class FakeNameServer {
 public:
  struct Zone {
    std::vector<std::string> addresses;
    std::uint32_t ttl = 60;
    std::uint8_t rcode = 0;  // 2 SERVFAIL, 3 NXDOMAIN
    bool silent = false;
    bool hold = false;  // answered by release()
  };

  explicit FakeNameServer(Reactor& reactor, std::string_view on = "127.0.0.1", std::uint16_t port = 0)
      : reactor_(reactor), address_(ip(on)) {
    socket_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    std::memcpy(&address.sin_addr, address_.bytes(), 4);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    reactor.watch(socket_.get(), EPOLLIN, [this](std::uint32_t) { receive(); });
  }
  ~FakeNameServer() { reactor_.unwatch(socket_.get()); }

  IpEndpoint endpoint() const { return {address_, port_}; }
  std::map<std::string, Zone> zones;
  std::map<std::string, int> asked;  // name and type

  void release() {
    for (auto& [to, bytes] : held_) send(bytes, to);
    held_.clear();
  }

 private:
  void receive() {
    std::string query(1500, '\0');
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t got =
        ::recvfrom(socket_.get(), query.data(), query.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 17) return;
    query.resize(static_cast<std::size_t>(got));
    std::string name;
    std::size_t at = 12;
    while (query[at] != 0) {
      const auto length = static_cast<std::uint8_t>(query[at]);
      name += (name.empty() ? "" : ".") + query.substr(at + 1, length);
      at += length + 1u;
    }
    const auto type = static_cast<std::uint16_t>(static_cast<std::uint8_t>(query[at + 1]) << 8 |
                                                 static_cast<std::uint8_t>(query[at + 2]));
    ++asked[name + (type == kA ? " A" : " AAAA")];
    const Zone zone = zones.contains(name) ? zones[name] : Zone{.rcode = 3};
    if (zone.silent) return;
    const std::string answer = reply(query.substr(0, at + 5), zone, type);
    if (zone.hold)
      held_.emplace_back(from, answer);
    else
      send(answer, from);
  }
  static void put(std::string& to, std::uint32_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) to.push_back(static_cast<char>(value >> (8 * i)));
  }
  static std::string reply(std::string question, const Zone& zone, std::uint16_t type) {
    std::string records;
    std::uint32_t count = 0;
    for (const std::string& text : zone.addresses) {
      const IpAddress address = ip(text);
      if (address.is_v4() != (type == kA)) continue;
      ++count;
      put(records, 0xc00c, 2);
      put(records, type, 2);
      put(records, 1, 2);
      put(records, zone.ttl, 4);
      put(records, address.bit_count() / 8, 2);
      records.append(reinterpret_cast<const char*>(address.bytes()), address.bit_count() / 8);
    }
    std::string head = question.substr(0, 2);
    put(head, 0x8180u | zone.rcode, 2);
    put(head, 1, 2);
    put(head, count, 2);
    put(head, 0, 4);
    return head + question.substr(12) + records;
  }
  void send(const std::string& bytes, const sockaddr_in& to) {
    ::sendto(socket_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }

  Reactor& reactor_;
  IpAddress address_;
  UniqueFd socket_;
  std::uint16_t port_ = 0;
  std::vector<std::pair<sockaddr_in, std::string>> held_;
};

rt::Task<> keep(DnsResolver& resolver, std::string host, Deadline deadline,
                std::reference_wrapper<std::optional<Resolved>> into) {
  into.get().emplace(co_await resolver.resolve(std::move(host), deadline));
}

class DnsResolverTest : public testing::Test {
 protected:
  DnsResolverTest() : server(reactor), resolver(reactor, settings()) {}

  DnsSettings settings(Duration try_timeout = 2s) const {
    return {.servers = {server.endpoint()},
            .resolv_conf = "/nonexistent",
            .try_timeout = try_timeout,
            .tries = 2};
  }
  Resolved resolve(const std::string& host, Duration patience = 5s) {
    return resolve_with(resolver, host, patience);
  }
  Resolved resolve_with(DnsResolver& by, const std::string& host, Duration patience = 5s) {
    std::optional<Resolved> result;
    rt::Scope scope;
    reactor.turn(Duration(0));
    scope.spawn(keep, std::ref(by), host, Deadline::after(reactor.loop().now(), patience), std::ref(result));
    if (!test::run_until(reactor, [&] { return result.has_value(); })) {
      ADD_FAILURE() << "no answer for " << host;
      std::abort();
    }
    return std::move(*result);
  }

  Reactor reactor;
  FakeNameServer server;
  DnsResolver resolver;
};

TEST_F(DnsResolverTest, LiteralsResolveAtOnceAndNeverStartIt) {
  EXPECT_THAT(resolve("192.0.2.1")->addresses, ElementsAre(ip("192.0.2.1")));
  EXPECT_THAT(resolve("2001:db8::1")->addresses, ElementsAre(ip("2001:db8::1")));
  EXPECT_EQ(resolve("192.0.2.1")->ttl, Duration::max());
  EXPECT_FALSE(resolver.started());
}

TEST_F(DnsResolverTest, GivesAddressesOfBothKindsAndTheShortestTtl) {
  server.zones["both.test"] = {.addresses = {"192.0.2.1", "192.0.2.2", "2001:db8::1"}, .ttl = 17};
  const Resolved both = resolve("Both.test");
  ASSERT_TRUE(both);
  EXPECT_THAT(both->addresses, UnorderedElementsAre(ip("192.0.2.1"), ip("192.0.2.2"), ip("2001:db8::1")));
  EXPECT_EQ(both->ttl, 17s);
  server.zones["six.test"] = {.addresses = {"2001:db8::2"}};
  EXPECT_THAT(resolve("six.test")->addresses, ElementsAre(ip("2001:db8::2")));
}

TEST_F(DnsResolverTest, TheTtlIsBounded) {
  server.zones["short.test"] = {.addresses = {"192.0.2.1"}, .ttl = 0};
  server.zones["long.test"] = {.addresses = {"192.0.2.1"}, .ttl = 1'000'000};
  EXPECT_EQ(resolve("short.test")->ttl, DnsResolver::kTtlMin);
  EXPECT_EQ(resolve("long.test")->ttl, DnsResolver::kTtlMax);
}

TEST_F(DnsResolverTest, LocalhostIsKnownWithoutAServer) {
  const Resolved found = resolve("localhost");
  ASSERT_TRUE(found);
  EXPECT_THAT(found->addresses, testing::Contains(ip("127.0.0.1")));
  EXPECT_EQ(found->ttl, DnsResolver::kLocalTtl);
  EXPECT_TRUE(server.asked.empty());
}

TEST_F(DnsResolverTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(resolve("absent.test").error(), IoStatus::NameNotFound);
  server.zones["empty.test"] = {};
  EXPECT_EQ(resolve("empty.test").error(), IoStatus::NameNotFound);
  EXPECT_EQ(resolve("bad..name").error(), IoStatus::NameNotFound);
}

TEST_F(DnsResolverTest, AServerThatCannotSayIsAFailure) {
  DnsResolver hasty(reactor, settings(30ms));
  server.zones["broken.test"] = {.rcode = 2};
  EXPECT_EQ(resolve_with(hasty, "broken.test").error(), IoStatus::NameFailed);
  server.zones["silent.test"] = {.silent = true};
  EXPECT_EQ(resolve_with(hasty, "silent.test").error(), IoStatus::NameFailed);
  EXPECT_EQ(hasty.open_questions(), 0u);
}

TEST_F(DnsResolverTest, AWaiterThatGivesUpDoesNotLeakItsQuestion) {
  server.zones["silent.test"] = {.silent = true};
  DnsResolver hasty(reactor, settings(300ms));
  EXPECT_EQ(resolve_with(hasty, "silent.test", 5ms).error(), IoStatus::TimedOut);
  EXPECT_EQ(hasty.open_questions(), 1u);
  EXPECT_TRUE(test::run_until(reactor, [&] { return hasty.open_questions() == 0; }));
}

TEST_F(DnsResolverTest, EqualQuestionsInFlightAreAskedOnce) {
  server.zones["one.test"] = {.addresses = {"192.0.2.1"}, .hold = true};
  std::array<std::optional<Resolved>, 3> results;
  rt::Scope scope;
  for (auto& result : results)
    scope.spawn(keep, std::ref(resolver), std::string("one.test"), Deadline::never(), std::ref(result));
  EXPECT_TRUE(test::run_until(reactor, [&] { return server.asked["one.test AAAA"] == 1; }));
  test::run_what_is_due(reactor);
  server.release();
  EXPECT_TRUE(test::run_until(reactor, [&] { return scope.running() == 0; }));
  EXPECT_EQ(server.asked["one.test A"], 1);
  for (const auto& result : results) ASSERT_TRUE(*result) << rt::describe(result->error());
  for (const auto& result : results) EXPECT_THAT((*result)->addresses, ElementsAre(ip("192.0.2.1")));
  // Nothing is kept: the next one asks again.
  server.zones["one.test"].hold = false;
  EXPECT_TRUE(resolve("one.test"));
  EXPECT_EQ(server.asked["one.test A"], 2);
}

TEST_F(DnsResolverTest, GivingUpLetsEverybodyGoAtOnce) {
  server.zones["silent.test"] = {.silent = true};
  std::array<std::optional<Resolved>, 2> results;
  {
    DnsResolver leaving(reactor, settings());
    rt::Scope scope;
    for (auto& result : results)
      scope.spawn(keep, std::ref(leaving), std::string("silent.test"), Deadline::never(), std::ref(result));
    EXPECT_TRUE(test::run_until(reactor, [&] { return server.asked["silent.test AAAA"] == 1; }));
    leaving.give_up();
    test::run_what_is_due(reactor);
    EXPECT_EQ(scope.running(), 0u);
    EXPECT_EQ(resolve_with(leaving, "other.test").error(), IoStatus::Cancelled);
  }
  for (const auto& result : results) EXPECT_EQ(result.value().error(), IoStatus::Cancelled);
  EXPECT_EQ(server.asked["other.test A"], 0);
}

TEST_F(DnsResolverTest, CanBeDestroyedWithAQuestionOpen) {
  server.zones["silent.test"] = {.silent = true};
  {
    DnsResolver other(reactor, settings());
    EXPECT_EQ(resolve_with(other, "silent.test", 10ms).error(), IoStatus::TimedOut);
  }
  test::run_what_is_due(reactor);
}

TEST_F(DnsResolverTest, ChangesOfResolvConfAreFollowed) {
  const auto folder = std::filesystem::temp_directory_path() / ("reeve-dns-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string file = folder / "resolv.conf";
  FakeNameServer second(reactor, "127.0.0.22", server.endpoint().port);
  server.zones["moved.test"] = {.addresses = {"192.0.2.1"}};
  second.zones["moved.test"] = {.addresses = {"192.0.2.2"}};
  std::ofstream(file) << "nameserver 127.0.0.1\n";
  DnsSettings from_file = settings();
  from_file.servers.clear();
  from_file.resolv_conf = file;
  from_file.port = server.endpoint().port;
  from_file.look_again = Duration(0);
  DnsResolver following(reactor, from_file);
  EXPECT_THAT(resolve_with(following, "moved.test").value_or(rt::ResolvedName{}).addresses,
              ElementsAre(ip("192.0.2.1")));
  std::ofstream(file) << "nameserver 127.0.0.22\n";
  EXPECT_THAT(resolve_with(following, "moved.test").value_or(rt::ResolvedName{}).addresses,
              ElementsAre(ip("192.0.2.2")));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace reeve::net
