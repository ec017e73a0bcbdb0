// SPDX-License-Identifier: Apache-2.0
#include "admin/stats.h"

#include <fmt/format.h>

#include "json/writer.h"

namespace reeve::admin {

namespace {

constexpr int kMicroseconds = 6;  // digits of a second

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Seconds; null where nothing was counted.
void write_durations(const telemetry::Durations& durations, json::Writer& json) {
  const std::uint64_t count = durations.count();
  const auto write = [&](std::string_view name, std::optional<double> value) {
    json.key(name);
    if (value) {
      json.number(*value, kMicroseconds);
    } else {
      json.null();
    }
  };
  const auto quantile = [&](double share) {
    const auto value = durations.quantile(share);
    return value ? std::optional(seconds(*value)) : std::nullopt;
  };
  json.key("duration").begin_object();
  write("mean",
        count == 0 ? std::nullopt : std::optional(seconds(durations.sum) / static_cast<double>(count)));
  write("p50", quantile(0.5));
  write("p95", quantile(0.95));
  write("p99", quantile(0.99));
  json.end_object();
}

void write_requests(const telemetry::Stats& stats, json::Writer& json) {
  json.key("requests")
      .begin_object()
      .field("total", stats.by_gateway + stats.by_upstream)
      .field("gateway", stats.by_gateway)
      .field("upstream", stats.by_upstream)
      .key("statuses")
      .begin_object();
  for (const auto& [status, count] : stats.statuses)
    json.field(status == 0 ? std::string("other") : fmt::format("{:03}", status), count);
  json.end_object();
  write_durations(stats.durations, json);
  json.end_object();
}

void write_routes(const telemetry::Stats& stats, json::Writer& json) {
  json.key("routes").begin_array();
  for (const telemetry::RouteStats& route : stats.routes) {
    json.begin_object().key("route");
    if (route.route.empty()) {
      json.null();  // no route matched
    } else {
      json.string(route.route);
    }
    json.field("requests", route.requests).field("refusals", route.refusals);
    write_durations(route.durations, json);
    json.end_object();
  }
  json.end_array().key("refusals").begin_array();
  for (const telemetry::RefusalStats& refusal : stats.refusals) {
    json.begin_object()
        .field("code", facts(refusal.kind.code).name)
        .field("check", name(refusal.kind.check))
        .key("route");
    if (refusal.route.empty()) {
      json.null();
    } else {
      json.string(refusal.route);
    }
    json.field("count", refusal.count).end_object();
  }
  json.end_array();
}

void write_targets(const Live& live, json::Writer& json) {
  json.key("targets").begin_array();
  for (const upstream::TargetStatus& target : live.targets)
    json.begin_object()
        .field("upstream", target.upstream)
        .field("target", target.target)
        .field("healthy", target.healthy)
        .field("ejected", target.ejected)
        .field("in_flight", std::uint64_t{target.in_flight})
        .field("connections", std::uint64_t{target.connections})
        .end_object();
  json.end_array();
}

}  // namespace

rt::Task<Answer> stats(Call& call) {
  const telemetry::Stats stats = call.registry.stats();
  const Live live = call.live();
  Answer answer;
  json::Writer json(answer.body);
  json.begin_object()
      .field("started", to_rfc3339_seconds(live.started))
      .field("configuration", call.control.current()->hash);
  write_requests(stats, json);
  write_routes(stats, json);
  json.key("connections")
      .begin_object()
      .field("open", live.connections)
      .field("limit", live.connections_limit)
      .field("opened", stats.connections_opened)
      .end_object();
  write_targets(live, json);
  json.field("log_lines_dropped", stats.log_lines_dropped).end_object();
  co_return answer;
}

}  // namespace reeve::admin
