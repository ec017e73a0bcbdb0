// SPDX-License-Identifier: Apache-2.0
// Sums the shards and renders them. A scrape is rare: maps and strings are fine here.
#include "telemetry/registry.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

#include "base/bug.h"
#include "telemetry/route_metrics.h"
#include "telemetry/shard_state.h"

namespace reeve::telemetry {

namespace {

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Shard& Registry::add_shard() {
  return *shards_.emplace_back(std::make_unique<Shard>());
}

void Registry::render_requests(PrometheusText& text) const {
  using Key = std::tuple<std::string_view, http::Method, std::uint16_t, Origin>;
  std::map<Key, std::uint64_t> sums;
  for_each_route([&](const RouteMetrics& route) {
    route.for_each_row([&](http::Method method, std::uint16_t status, Origin origin, std::uint64_t count) {
      if (count != 0) sums[{route.name(), method, status, origin}] += count;
    });
  });
  text.family(
      "reeve_requests_total", MetricKind::Counter,
      "Requests that were answered, by route (empty: none matched), method, status and who made the answer.");
  for (const auto& [key, count] : sums) {
    const auto& [route, method, status, origin] = key;
    text.sample({{"route", route},
                 {"method", method == http::Method::Other ? "other" : http::name(method)},
                 {"status", status == 0 ? std::string("other") : fmt::format("{:03}", status)},
                 {"origin", origin == Origin::Gateway ? "gateway" : "upstream"}},
                count);
  }
}

void Registry::render_durations(PrometheusText& text) const {
  std::map<std::string_view, Durations> sums;
  for_each_route([&](const RouteMetrics& route) {
    Durations one;
    if (!route.durations(one.buckets, one.sum)) return;
    sums[route.name()].add(one);
  });
  text.family("reeve_request_duration_seconds", MetricKind::Histogram,
              "From the first byte of a request's head to the last byte of its answer.");
  for (const auto& [route, durations] : sums) {
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < kBuckets.size(); ++i) {
      cumulative += durations.buckets[i];
      text.sample("_bucket", {{"route", route}, {"le", fmt::format("{}", seconds(kBuckets[i]))}}, cumulative);
    }
    cumulative += durations.buckets.back();
    text.sample("_bucket", {{"route", route}, {"le", "+Inf"}}, cumulative);
    text.sample("_sum", {{"route", route}}, seconds(durations.sum));
    text.sample("_count", {{"route", route}}, cumulative);
  }
}

void Registry::render_refusals(PrometheusText& text) const {
  std::map<std::pair<std::string_view, std::size_t>, std::uint64_t> sums;
  for_each_route([&](const RouteMetrics& route) {
    for (std::size_t i = 0; i < kRefusalKinds; ++i)
      if (const std::uint64_t count = route.refusals(i); count != 0) sums[{route.name(), i}] += count;
  });
  text.family("reeve_refusals_total", MetricKind::Counter,
              "Answers that the gateway itself made because of a refusal or a failure, by code.");
  for (const auto& [key, count] : sums) {
    const RefusalKind kind = refusal_kind(key.second);
    text.sample({{"code", facts(kind.code).name}, {"check", name(kind.check)}, {"route", key.first}}, count);
  }
}

void Registry::render_totals(PrometheusText& text) const {
  std::uint64_t opened = 0;
  std::uint64_t dropped = 0;
  for (const auto& shard : shards_) {
    opened += shard->connections_opened.value();
    dropped += shard->log_lines_dropped.value() + shard->log_lines_lost.value();
  }
  text.family("reeve_connections_opened_total", MetricKind::Counter,
              "Client connections that were accepted.");
  text.sample({}, opened);
  text.family("reeve_access_log_dropped_total", MetricKind::Counter,
              "Access log lines that were dropped because the log could not be written fast enough.");
  text.sample({}, dropped);
  text.family("reeve_internal_errors_total", MetricKind::Counter,
              "Conditions inside the gateway that should never occur; please report any.");
  text.sample({}, bug_count());
}

void Registry::render(std::string& out) const {
  PrometheusText text(out);
  render_requests(text);
  render_durations(text);
  render_refusals(text);
  render_totals(text);
  for (const Collector& collector : collectors_) collector(text);
}

}  // namespace reeve::telemetry
