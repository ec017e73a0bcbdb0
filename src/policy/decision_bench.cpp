// SPDX-License-Identifier: Apache-2.0
// What a request pays for being judged, among 10 routes, networks and keys and among 10,000, 100,000 and
// 100,000: decide() alone, and with the look-ups of its route and key before it. Who asks for what from where
// is drawn anew each time, so that what the caches miss counts. The hash of the secret is not in it
// (identity/credential_bench.cpp). A single allocation is an error. `in_turns` compares the two sizes.
#include <benchmark/benchmark.h>

#include "policy/decision.h"
#include "policy/facts.h"
#include "policy/zone_test_support.h"
#include "tests/support/counted_allocations.h"
#include "tests/support/slices.h"

namespace reeve::policy {
namespace {

struct Size {
  std::uint32_t routes;
  std::uint32_t networks;
  std::uint32_t keys;
};
constexpr Size kSmall{10, 10, 10};
constexpr Size kLarge{10'000, 100'000, 100'000};
constexpr std::uint32_t kPermissions = 40;
constexpr std::uint32_t kGrants = 16;
/// Networks are /28 with gaps between them.
constexpr std::uint32_t kFirstNetwork = 10u << 24;
constexpr std::uint32_t kNetworkStep = 64;

IpAddress address(std::uint32_t number) {
  return IpAddress::v4({static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
                        static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
}

/// The number's decimal digits over the last characters of `text`.
void write_number(std::uint32_t number, char* end, int digits) {
  for (; digits > 0; --digits, number /= 10) *--end = static_cast<char>('0' + number % 10);
}

/// A policy with everything turned on, and requests that it allows.
class Policy {
 public:
  explicit Policy(Size size) : size_(size) {
    snapshot_.zones = {berlin()};
    snapshot_.grants = GrantTable(kPermissions);
    for (std::uint32_t row = 0; row < kGrants; ++row) {
      snapshot_.grants.add();
      for (std::uint32_t i = 0; i < kPermissions; ++i) snapshot_.grants.grant(row, i);
    }
    add_networks();
    add_limits();
    for (std::uint32_t i = 0; i < size.routes; ++i) add_route(i);
    for (std::uint32_t i = 0; i < size.keys; ++i) add_key(i);
    head_.method = http::Method::Get;
    head_.method_text = "GET";
    path_.text = path_text_;
    for (const auto& [begin, length] : {std::pair{1, 3}, {5, 13}, {19, 4}, {24, 5}})
      path_.segments.push_back(
          std::string_view(path_text_)
              .substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(length)));
  }
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;

  /// Another request's route, caller and address are known; only the decision is asked for.
  void decide_next() {
    draw();
    facts_.head = &head_;
    facts_.now = kNow;
    facts_.routed = true;
    facts_.match = RouteMatch::Kind::Found;
    facts_.route = facts_.resource = route_;
    take(key_);
  }

  /// The same from a path and a key's id, as live traffic has it.
  void find_and_decide_next() {
    draw();
    write_number(route_, path_text_ + 18, 5);
    write_number(key_, id_ + 8, 6);
    match_.parameters.clear();
    snapshot_.route_table.find("", path_, head_, snapshot_.routes, match_);
    facts_ = facts_of(head_, {}, kNow);
    add_match(facts_, match_, path_);
    take(snapshot_.keys.find({id_, 8}));
  }

  /// Whether every request of the last call was let pass; what is measured must not be a refusal.
  bool passed() const { return passed_; }

 private:
  static constexpr WallTime kNow{std::chrono::seconds(1'795'521'600)};  // 2026-11-24, a Tuesday, 12:00 UTC

  void add_networks() {
    std::vector<AddressSet::Entry> entries;
    for (std::uint32_t i = 0; i < size_.networks; ++i)
      entries.push_back({.network = IpNetwork(address(kFirstNetwork + i * kNetworkStep), 28)});
    snapshot_.network_lists.push_back({.name = "office", .set = AddressSet(std::move(entries))});
  }
  void add_limits() {
    Limit limit;
    limit.name = "calling";
    limit.interval = std::chrono::seconds(1);
    limit.burst = 100;
    limit.per = {{SubjectPart::Caller, ""}};
    snapshot_.limits = {limit};
  }
  void add_route(std::uint32_t number) {
    Route route;
    route.methods = {"GET"};
    route.acceptance.key = true;
    route.networks.restricted = true;
    route.networks.allow = {{.list = 0}};
    route.hours = {{.days = 0x1f, .from = 6 * 60, .to = 22 * 60}};
    route.require = {{.permission = number % kPermissions}};
    route.limits = {{.limit = 0}};
    route.body_max = 1 << 20;
    write_number(number, path_text_ + 18, 5);
    PathPattern pattern;
    pattern.segments = {{PathPattern::Kind::Literal, "api", ""},
                        {PathPattern::Kind::Literal, std::string(path_text_ + 5, 13), ""},
                        {PathPattern::Kind::Parameter, "", "id"},
                        {PathPattern::Kind::Literal, "items", ""}};
    snapshot_.route_table.add("", pattern, number, route);
    snapshot_.routes.push_back(std::move(route));
  }
  void add_key(std::uint32_t number) {
    Caller caller;
    caller.name = "caller";
    caller.grant = number % kGrants;
    snapshot_.callers.push_back(std::move(caller));
    write_number(number, id_ + 8, 6);
    snapshot_.keys.add({id_, 8}, {.hash = {}, .caller = number}, std::nullopt);
  }

  void draw() {
    next_ = next_ * 6364136223846793005u + 1442695040888963407u;
    const auto drawn = static_cast<std::uint32_t>(next_ >> 32);
    route_ = drawn % size_.routes;
    key_ = (drawn >> 3) % size_.keys;
    client_ = kFirstNetwork + (drawn >> 5) % size_.networks * kNetworkStep + (drawn & 15);
  }
  void take(std::uint32_t key) {
    facts_.client = address(client_);
    facts_.credential.state = CredentialVerdict::State::Accepted;
    facts_.credential.key = key;
    facts_.credential.caller = snapshot_.keys[key].caller;
    Decision decision;
    decide(snapshot_, facts_, decision);
    passed_ = passed_ && !decision.refused_by() && decision.charges.size() == 1;
    benchmark::DoNotOptimize(decision);
  }

  Size size_;
  Snapshot snapshot_;
  http::RequestHead head_;
  char path_text_[30] = "/api/service-00000/4711/items";
  char id_[9] = "Ke000000";
  http::Path path_;
  RouteMatch match_;
  Facts facts_;
  std::uint64_t next_ = 1;
  std::uint32_t route_ = 0;
  std::uint32_t key_ = 0;
  std::uint32_t client_ = 0;
  bool passed_ = true;
};

Policy& policy_of(bool large) {
  static Policy small(kSmall);
  static Policy big(kLarge);
  return large ? big : small;
}

/// Allocations since `before` and refusals are errors.
void check(benchmark::State& state, std::size_t before) {
  const std::size_t since = test::allocations - before;
  state.counters["allocations"] = static_cast<double>(since);
  if (since != 0) state.SkipWithError("it allocates");
  if (!policy_of(false).passed() || !policy_of(true).passed()) state.SkipWithError("a request was refused");
}

void judge(benchmark::State& state, void (Policy::*ask)(), bool large) {
  Policy& policy = policy_of(large);
  const std::size_t before = test::allocations;
  for (auto _ : state) (policy.*ask)();
  check(state, before);
}
BENCHMARK_CAPTURE(judge, decide_10, &Policy::decide_next, false);
BENCHMARK_CAPTURE(judge, decide_100000, &Policy::decide_next, true);
BENCHMARK_CAPTURE(judge, find_and_decide_10, &Policy::find_and_decide_next, false);
BENCHMARK_CAPTURE(judge, find_and_decide_100000, &Policy::find_and_decide_next, true);

/// Half a minute: 60 pairs of slices of 250 ms.
void in_turns(benchmark::State& state, void (Policy::*ask)()) {
  Policy& small = policy_of(false);
  Policy& large = policy_of(true);
  const auto deed = [ask](Policy& policy) { return [&policy, ask] { (policy.*ask)(); }; };
  for (auto _ : state) {
    const test::Comparison compared = test::in_turns(deed(small), deed(large));
    state.counters["small_ns"] = compared.first_ns.median;
    state.counters["large_ns"] = compared.second_ns.median;
    state.counters["large_low_ns"] = compared.second_ns.low;
    state.counters["large_high_ns"] = compared.second_ns.high;
    state.counters["ratio"] = compared.ratio.median;
    state.counters["ratio_low"] = compared.ratio.low;
    state.counters["ratio_high"] = compared.ratio.high;
  }
}
BENCHMARK_CAPTURE(in_turns, decide, &Policy::decide_next)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(in_turns, find_and_decide, &Policy::find_and_decide_next)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace reeve::policy
