// SPDX-License-Identifier: Apache-2.0
// A whole request through the gateway over streams in memory, without a kernel: plain forwarding, forwarding
// with everything that a policy can ask for, and the refusal of an unknown key. Each request brings another
// of 1,024 keys of 10,000. What the streams themselves cost is in all of them, so that differences are true
// and ratios too small.
#include "proxy/gateway.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "crypto/sha256.h"
#include "identity/key_format.h"
#include "server/connections.h"
#include "tests/support/memory_stream.h"
#include "tests/support/slices.h"
#include "tests/support/test_loop.h"
#include "upstream/shared.h"

namespace reeve::proxy {
namespace {

constexpr std::uint32_t kKeys = 10'000;
constexpr std::uint32_t kAsked = 1024;
constexpr std::uint32_t kNetworks = 100;

struct AnyRandom final : rt::Random {
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(prng.next());
  }
  Prng prng{7};
};

struct NoNames final : rt::Resolver {
  rt::Task<rt::IoResult<rt::ResolvedName>> resolve(std::string, rt::Deadline) override {
    co_return std::unexpected(rt::IoStatus::NameNotFound);
  }
};

struct NoLog final : telemetry::AccessLog {
  bool enabled() const override { return false; }
  void write(const telemetry::AccessRecord&) override {}
};

/// Answers every request of every connection with 1 KB.
struct Upstream final : rt::Dialer {
  explicit Upstream(rt::Loop& its_loop) : loop(its_loop) {}

  std::shared_ptr<rt::TlsClientContext> tls_context(const rt::TlsClientSettings&) override { return nullptr; }
  rt::Task<rt::IoResult<std::unique_ptr<rt::Stream>>> dial(Target, rt::Deadline, rt::Cancellation*) override {
    auto pair = test::make_memory_pair(loop);
    scope.spawn(serve, std::ref(*this), std::move(pair.b));
    co_return std::unique_ptr<rt::Stream>(std::move(pair.a));
  }
  static rt::Task<> serve(Upstream& self, std::unique_ptr<rt::Stream> stream) {
    rt::Buffer got;
    for (;;) {
      got.make_room(4096);
      if (co_await stream->read(got, rt::Deadline::never()) != rt::IoStatus::Ok) co_return;
      if (!got.view().ends_with("\r\n\r\n")) continue;
      got = {};
      if (co_await stream->write(rt::WriteList(rt::Buffer(self.answer)), rt::Deadline::never()) !=
          rt::IoStatus::Ok)
        co_return;
    }
  }

  rt::Loop& loop;
  rt::Buffer answer = rt::Buffer::copy_of(
      "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Tue, 24 Nov 2026 00:00:00 GMT\r\n"
      "Content-Type: application/json\r\nCache-Control: no-cache\r\nX-Model: bench\r\n"
      "Content-Length: 1024\r\n\r\n" +
      std::string(1024, 'x'));
  rt::Scope scope;
};

std::string some_key(Prng& prng) {
  std::array<std::byte, identity::kKeyRandomBytes> bytes;
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(prng.next());
  return identity::make_key(policy::KeyEnvironment::Live, bytes).value();
}

/// Key, permission, networks, hours and a limit.
void ask_for_everything(policy::Snapshot& s, std::vector<std::string>& keys) {
  policy::Route& route = s.routes.front();
  s.zones.push_back({.name = "UTC"});
  std::vector<policy::AddressSet::Entry> entries;
  for (std::uint32_t i = 0; i < kNetworks; ++i)
    entries.push_back(
        {.network = IpNetwork(IpAddress::v4({192, 0, 2, static_cast<std::uint8_t>(2 * i)}), 31)});
  s.network_lists.push_back({.name = "office", .set = policy::AddressSet(std::move(entries))});
  policy::Limit limit;
  limit.name = "calling";
  limit.interval = std::chrono::microseconds(1);
  limit.burst = 1'000'000'000;  // time stands still here: nothing comes back
  limit.per = {{policy::SubjectPart::Caller, ""}};
  s.limits.push_back(std::move(limit));
  s.permissions = {"things:read"};
  s.grants = policy::GrantTable(1);
  s.grants.grant(s.grants.add(), 0);
  route.acceptance.none = false;
  route.acceptance.key = true;
  route.require = {{.permission = 0}};
  route.networks.restricted = true;
  route.networks.allow = {{.list = 0}};
  route.hours = {{.days = 0x7f}};
  route.limits = {{.limit = 0}};
  Prng prng(1);
  for (std::uint32_t i = 0; i < kKeys; ++i) {
    keys.push_back(some_key(prng));
    const identity::KeyParts parts = identity::parse_key(keys.back()).value();
    s.callers.push_back({.name = fmt::format("c{}", i)});
    s.keys.add(parts.id, {.hash = crypto::sha256(parts.secret), .caller = i}, std::nullopt);
  }
}

std::shared_ptr<policy::Snapshot> forwarding_all() {
  auto s = std::make_shared<policy::Snapshot>();
  policy::Upstream upstream;
  upstream.name = "up";
  upstream.targets.push_back(
      {.url = "http://127.0.0.1:9000", .host = "127.0.0.1", .port = 9000, .authority = "127.0.0.1:9000"});
  s->upstreams.push_back(std::move(upstream));
  policy::Route route;
  route.name = "all";
  route.acceptance.none = true;
  route.destination = policy::ToUpstream{.shares = {{0, 1}}, .total_weight = 1};
  policy::PathPattern pattern;
  pattern.segments.push_back({policy::PathPattern::Kind::Rest, "", "rest"});
  s->route_table.add("", pattern, 0, route);
  s->routes.push_back(std::move(route));
  return s;
}

enum class Case { Plain, Policy, Refused };

class World {
 public:
  explicit World(Case what) : status_(what == Case::Refused ? "401" : "200") {
    auto snapshot = forwarding_all();
    std::vector<std::string> keys;
    if (what != Case::Plain) ask_for_everything(*snapshot, keys);
    Prng strangers(2);
    for (std::uint32_t i = 0; i < kAsked; ++i) {
      const std::string key = what == Case::Policy ? keys[i * (kKeys / kAsked)] : some_key(strangers);
      requests_.push_back(rt::Buffer::copy_of(fmt::format(
          "GET /things/4711?page=2 HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: load\r\nAccept: */*\r\n"
          "X-Api-Key: {}\r\n\r\n",
          key)));
    }
    gateway_.publish(
        snapshot, std::make_shared<const limits::Binding>(limits_.bind(*snapshot, {loop_.now(), WallTime{}})),
        {});
    auto pair = test::make_memory_pair(loop_);
    far_ = std::move(pair.b);
    PeerFacts peer;
    peer.address = IpAddress::parse("192.0.2.7");
    peer.local_port = 8080;
    connections_.accept(std::move(pair.a), peer);
  }
  ~World() {
    connections_.cut();
    loop_.settle();
    client_.close_kept();
    loop_.settle();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void ask() { loop_.wait(exchange(*this)); }
  bool as_expected() const { return as_expected_; }

 private:
  static rt::Task<> exchange(World& self) {
    rt::Stream& stream = *self.far_;
    const rt::Buffer& request = self.requests_[self.next_++ % kAsked];
    bool answered =
        co_await stream.write(rt::WriteList(rt::Buffer(request)), rt::Deadline::never()) == rt::IoStatus::Ok;
    rt::Buffer got;
    while (answered && !whole(got.view())) {
      got.make_room(4096);
      answered = co_await stream.read(got, rt::Deadline::never()) == rt::IoStatus::Ok;
    }
    self.as_expected_ = self.as_expected_ && answered && got.view().substr(9, 3) == self.status_;
  }
  static bool whole(std::string_view answer) {
    constexpr std::string_view name = "Content-Length: ";
    const std::size_t head = answer.find("\r\n\r\n");
    const std::size_t length = answer.find(name);
    if (head == std::string_view::npos || length == std::string_view::npos) return false;
    return answer.size() >= head + 4 + std::strtoul(answer.data() + length + name.size(), nullptr, 10);
  }

  std::string_view status_;
  bool as_expected_ = true;
  std::vector<rt::Buffer> requests_;
  std::size_t next_ = 0;
  test::TestLoop loop_;
  AnyRandom random_;
  NoNames resolver_;
  NoLog log_;
  telemetry::Shard metrics_;
  Upstream upstream_{loop_};
  limits::Table limits_{SipKey{1, 2}};
  upstream::Client client_{loop_, upstream_, resolver_, std::make_shared<upstream::Shared>()};
  Gateway gateway_{loop_,  client_, limits_, metrics_, log_, random_, crypto::IdSealer(crypto::IdKey{}, 1, 0),
                   "bench"};
  server::Connections connections_{loop_, gateway_, server::Settings{}};
  std::unique_ptr<test::MemoryStream> far_;
};

void check(benchmark::State& state, const World& world) {
  if (!world.as_expected()) state.SkipWithError("an answer was not the expected one");
}

void request(benchmark::State& state, Case what) {
  World world(what);
  for (auto _ : state) world.ask();
  check(state, world);
}
BENCHMARK_CAPTURE(request, plain, Case::Plain);
BENCHMARK_CAPTURE(request, with_a_policy, Case::Policy);
BENCHMARK_CAPTURE(request, refused, Case::Refused);

/// Half a minute: 60 pairs of slices of 250 ms.
void in_turns(benchmark::State& state) {
  World plain(Case::Plain);
  World asking(Case::Policy);
  for (auto _ : state) {
    const test::Comparison compared = test::in_turns([&] { plain.ask(); }, [&] { asking.ask(); });
    state.counters["plain_ns"] = compared.first_ns.median;
    state.counters["policy_ns"] = compared.second_ns.median;
    state.counters["ratio"] = compared.ratio.median;
    state.counters["ratio_low"] = compared.ratio.low;
    state.counters["ratio_high"] = compared.ratio.high;
  }
  check(state, plain);
  check(state, asking);
}
BENCHMARK(in_turns)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace reeve::proxy
