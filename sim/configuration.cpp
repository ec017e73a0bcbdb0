// SPDX-License-Identifier: Apache-2.0
#include "sim/configuration.h"

#include <fmt/format.h>

#include "policy/target_choice.h"

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

}  // namespace

std::shared_ptr<policy::Snapshot> make_snapshot(const Swarm& swarm, std::uint64_t generation) {
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
  for (std::uint32_t i = 0; i < std::size(kRoutes); ++i) {
    snapshot->routes.push_back(make_route(i, generation, frame));
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
