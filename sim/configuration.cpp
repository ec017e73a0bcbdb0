// SPDX-License-Identifier: Apache-2.0
#include "sim/configuration.h"

#include <fmt/format.h>

#include "crypto/sha256.h"
#include "policy/target_choice.h"
#include "sim/limit_check.h"

namespace reeve::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

policy::Template text(std::string literal) {
  policy::Template made;
  made.pieces.push_back({.literal = std::move(literal)});
  return made;
}

policy::PathPattern pattern_of(std::string_view route) {
  policy::PathPattern pattern;
  pattern.segments.push_back({policy::PathPattern::Kind::Literal, std::string(route), {}});
  pattern.segments.push_back({policy::PathPattern::Kind::Parameter, {}, "id"});
  return pattern;
}

policy::Target target_of(const std::string& host) {
  policy::Target target;
  target.url = "http://" + host;
  target.host = target.authority = host;
  target.identity = policy::hash_key(target.url);
  return target;
}

/// `frame` draws the same in every generation of a run, `own` differs.
policy::Upstream make_upstream(unsigned number, Prng& frame, Prng& own, bool calm) {
  policy::Upstream upstream;
  upstream.name = fmt::format("upstream{}", number);
  const unsigned targets = static_cast<unsigned>(between(frame, 1, kTargets));
  const bool by_name = frame.chance(1, 3);
  for (unsigned i = 0; i < targets; ++i) {
    // A generation leaves some out, but never all.
    if (i != 0 && own.chance(1, 4)) continue;
    policy::Target target = target_of(by_name && i == 0 ? fmt::format("{}.pool.sim", number)
                                                        : fmt::format("10.100.{}.{}", number, i + 1));
    target.weight = static_cast<std::uint32_t>(between(own, 1, 3));
    upstream.targets.push_back(std::move(target));
  }
  upstream.balance = static_cast<policy::Balance>(frame.below(3));
  upstream.hash_header = "x-sim-id";
  upstream.connect_timeout = between(frame, milliseconds(50), seconds(3));
  if (frame.chance(2, 3)) upstream.response_timeout = between(frame, milliseconds(200), seconds(20));
  if (frame.chance(2, 3)) upstream.idle_timeout = between(frame, milliseconds(300), seconds(30));
  policy::RetryPolicy& retry = upstream.retry;
  retry.attempts = frame.chance(1, 2) ? 0 : static_cast<std::uint32_t>(between(frame, 1, 4));
  retry.on_timeout = frame.chance(1, 2);
  retry.on_502 = frame.chance(1, 2);
  retry.on_503 = frame.chance(1, 2);
  retry.on_504 = frame.chance(1, 2);
  if (frame.chance(1, 3)) {
    upstream.ejection.reset();
  } else {
    upstream.ejection->failures = static_cast<std::uint32_t>(between(frame, 1, 8));
    upstream.ejection->duration = between(frame, milliseconds(200), seconds(20));
  }
  if (frame.chance(1, 3)) upstream.health = policy::HealthCheck{.path = "/healthz"};
  upstream.connections_max = static_cast<std::uint32_t>(frame.chance(1, 3) ? between(frame, 2, 12) : 1024);
  upstream.connections_keep = static_cast<std::uint32_t>(frame.chance(1, 4) ? between(frame, 0, 4) : 128);
  if (calm)
    upstream.connections_max = 1024;  // a place is not a fault, but waiting for one in vain is no success
  return upstream;
}

void name_generation(policy::Route& route, std::uint64_t generation) {
  const std::string number = std::to_string(generation);
  route.request_headers.set.push_back({"X-Gen-Up", text(number)});
  route.request_headers.remove.emplace_back("x-sim-unwanted");
  route.response_headers.set.push_back({"X-Gen-A", text(number)});
  route.response_headers.set.push_back({"X-Gen-B", text(number)});
}

policy::Route make_route(std::size_t index, std::uint64_t generation, Prng& frame) {
  const RouteUse& use = kRoutes[index];
  policy::Route route;
  route.acceptance.none = true;
  route.name = use.name;
  name_generation(route, generation);
  route.websocket = use.websocket;
  if (use.body_max != UINT64_MAX) route.body_max = use.body_max;
  if (frame.chance(1, 3)) route.timeout.total = between(frame, seconds(1), seconds(60));
  policy::ToUpstream to;
  const std::string_view name(use.name);
  if (name == "spread") {
    for (std::uint32_t i = 0; i < kUpstreams; ++i) to.shares.push_back({i, i + 1});
    to.total_weight = kUpstreams * (kUpstreams + 1) / 2;
  } else {
    to.shares.push_back({static_cast<std::uint32_t>(index % kUpstreams), 1});
    to.total_weight = 1;
  }
  route.destination = std::move(to);
  if (name == "own") route.destination = policy::Respond{.body = text("made by the gateway itself\n")};
  if (name == "moved") route.destination = policy::Redirect{.to = text("/plain/elsewhere")};
  return route;
}

policy::Limit limit_of(std::string name, policy::LimitKind kind, policy::SubjectPart part) {
  policy::Limit limit;
  limit.name = std::move(name);
  limit.kind = kind;
  limit.per.push_back({part, ""});
  return limit;
}

/// In the order of LimitName, the one on refusals behind them.
void add_limits(const LimitNumbers& numbers, policy::Snapshot& snapshot) {
  using policy::LimitKind;
  const auto add = [&](policy::Limit limit) { snapshot.limits.push_back(std::move(limit)); };
  const auto rate = [](policy::Limit limit, Duration interval, std::uint64_t burst) {
    limit.interval = interval;
    limit.burst = burst;
    return limit;
  };
  const policy::SubjectPart caller = policy::SubjectPart::Caller;
  add(rate(limit_of("steady", LimitKind::Rate, caller), numbers.steady_interval, numbers.steady_burst));
  add(rate(limit_of("moving", LimitKind::Rate, caller), numbers.moving_interval, numbers.moving_burst));
  policy::Limit parallel = limit_of("parallel", LimitKind::Concurrency, caller);
  parallel.most = numbers.parallel;
  add(std::move(parallel));
  policy::Limit hourly = limit_of("hourly", LimitKind::Quota, caller);
  hourly.amount = numbers.hourly;
  hourly.period = policy::QuotaPeriod::Hour;
  add(std::move(hourly));
  policy::Limit knocking = rate(limit_of("knocking", LimitKind::Rate, policy::SubjectPart::Ip),
                                numbers.knocking_interval, numbers.knocking_burst);
  knocking.on_refused = true;
  add(std::move(knocking));
  snapshot.any_knocking = true;
}

void add_key(Holding holding, std::uint32_t caller, bool revoked, policy::Snapshot& snapshot) {
  const std::string_view text = key_text(holding);
  policy::Key key{};
  key.hash = crypto::sha256(text.substr(16, 30));
  key.caller = caller;
  policy::KeyDates dates;
  dates.revoked = revoked;
  snapshot.keys.add(text.substr(8, 8), key, dates);
}

void add_callers(const Access& access, policy::Snapshot& snapshot) {
  snapshot.permissions = {"read"};
  snapshot.grants = policy::GrantTable(1);
  for (const Holding holding : {Holding::Reader, Holding::Plain}) {
    policy::Caller caller;
    caller.name = caller_of(holding);
    caller.grant = snapshot.grants.add();
    snapshot.callers.push_back(std::move(caller));
  }
  snapshot.grants.grant(snapshot.callers[0].grant, 0);
  snapshot.callers_by_name = {1, 0};
  add_key(Holding::Reader, 0, false, snapshot);
  add_key(Holding::Plain, 1, false, snapshot);
  add_key(Holding::Moving, 0, access.moving_revoked, snapshot);
  add_key(Holding::Revoked, 1, true, snapshot);
}

/// The addresses of connections whose number has `bits` in bits 6 and 7.
policy::NetworkRule deny(std::uint8_t bits, policy::Snapshot& snapshot) {
  std::vector<policy::AddressSet::Entry> entries;
  for (unsigned i = 0; i < 64; ++i)
    entries.push_back({*IpNetwork::parse(fmt::format("10.0.{}.{}/26", i, bits * 64)).network, {}});
  snapshot.network_lists.push_back({"", {}, policy::AddressSet(std::move(entries))});
  policy::NetworkRule rule;
  rule.deny.push_back({static_cast<std::uint32_t>(snapshot.network_lists.size() - 1), {}});
  return rule;
}

void guard_route(Guard guard, const Access& access, policy::Snapshot& snapshot, policy::Route& route) {
  if (guard == Guard::Open) return;
  constexpr std::uint32_t kKnocking = 4;
  route.acceptance.none = guard == Guard::Either;
  route.acceptance.key = true;
  for (const LimitName name : {LimitName::Steady, LimitName::Moving, LimitName::Parallel, LimitName::Hourly})
    if (applies(name, guard)) route.limits.push_back({static_cast<std::uint32_t>(name), {}});
  if (guard == Guard::Keyed) {
    route.limits.push_back({kKnocking, {}});
    if (access.denied) route.networks = deny(*access.denied, snapshot);
  }
  if (guard != Guard::Roled) return;
  route.require.push_back({0, {}});
  if (access.closed_from) route.hours.push_back({.to = *access.closed_from});
}

}  // namespace

std::shared_ptr<policy::Snapshot> make_snapshot(const Swarm& swarm, std::uint64_t generation,
                                                const Access& access) {
  Prng frame(swarm.configuration_seed);
  Prng own(swarm.configuration_seed + generation * 0x9e3779b97f4a7c15u);
  auto snapshot = std::make_shared<policy::Snapshot>();
  snapshot->hash = std::to_string(generation);
  policy::ServerSettings& server = snapshot->server;
  server.head_timeout = between(frame, milliseconds(500), seconds(10));
  server.body_idle = between(frame, milliseconds(500), seconds(30));
  server.idle = between(frame, seconds(1), seconds(60));
  server.allow_half_close = frame.chance(1, 4);
  for (unsigned i = 0; i < kUpstreams; ++i)
    snapshot->upstreams.push_back(make_upstream(i, frame, own, swarm.calmed));
  snapshot->zones.push_back({.name = "UTC"});
  add_limits(access.limits, *snapshot);
  add_callers(access, *snapshot);
  for (std::uint32_t i = 0; i < std::size(kRoutes); ++i) {
    snapshot->routes.push_back(make_route(i, generation, frame));
    guard_route(kRoutes[i].guard, access, *snapshot, snapshot->routes.back());
    snapshot->route_table.add("", pattern_of(kRoutes[i].name), i, snapshot->routes.back());
  }
  return snapshot;
}

server::Settings settings_of(const policy::Snapshot& snapshot) {
  server::Settings settings;
  settings.limits = {snapshot.server.head_max, snapshot.server.uri_max};
  settings.head_timeout = snapshot.server.head_timeout;
  settings.body_idle = snapshot.server.body_idle;
  settings.idle = snapshot.server.idle;
  settings.allow_half_close = snapshot.server.allow_half_close;
  return settings;
}

}  // namespace reeve::sim
