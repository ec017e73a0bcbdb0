// SPDX-License-Identifier: Apache-2.0
#include "telemetry/stats.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <tuple>
#include <utility>

#include "telemetry/registry.h"
#include "telemetry/shard_state.h"

namespace reeve::telemetry {

void Durations::add(const Durations& more) {
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += more.buckets[i];
  sum += more.sum;
}

std::uint64_t Durations::count() const {
  return std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
}

std::optional<Duration> Durations::quantile(double share) const {
  const std::uint64_t all = count();
  if (all == 0) return std::nullopt;
  const double rank = share * static_cast<double>(all);
  double below = 0;
  for (std::size_t i = 0; i < kBuckets.size(); ++i) {
    const auto here = static_cast<double>(buckets[i]);
    if (here > 0 && below + here >= rank) {
      const Duration from = i == 0 ? Duration(0) : kBuckets[i - 1];
      const double part = std::max(rank - below, 0.0) / here;
      return from +
             Duration(static_cast<std::int64_t>(part * static_cast<double>((kBuckets[i] - from).count())));
    }
    below += here;
  }
  return kBuckets.back();
}

Stats Registry::stats() const {
  Stats stats;
  std::map<std::string_view, RouteStats> routes;
  std::map<std::pair<std::string_view, std::size_t>, std::uint64_t> refusals;
  for_each_route([&](const RouteMetrics& route) {
    RouteStats& sums = routes[route.name()];
    route.for_each_row([&](http::Method, std::uint16_t status, Origin origin, std::uint64_t count) {
      (origin == Origin::Gateway ? stats.by_gateway : stats.by_upstream) += count;
      stats.statuses[status] += count;
      sums.requests += count;
    });
    for (std::size_t i = 0; i < kRefusalKinds; ++i)
      if (const std::uint64_t count = route.refusals(i); count != 0) {
        refusals[{route.name(), i}] += count;
        sums.refusals += count;
      }
    Durations durations;
    if (route.durations(durations.buckets, durations.sum)) sums.durations.add(durations);
  });
  for (auto& [name, sums] : routes) {
    sums.route = name;
    stats.durations.add(sums.durations);
    if (sums.requests != 0) stats.routes.push_back(sums);
  }
  for (const auto& [key, count] : refusals)
    stats.refusals.push_back({refusal_kind(key.second), key.first, count});
  std::ranges::sort(stats.refusals, [](const RefusalStats& a, const RefusalStats& b) {
    return std::tuple(b.count, a.route, a.kind.code) < std::tuple(a.count, b.route, b.kind.code);
  });
  for (const auto& shard : shards_) {
    stats.connections_opened += shard->connections_opened.value();
    stats.log_lines_dropped += shard->log_lines_dropped.value() + shard->log_lines_lost.value();
  }
  return stats;
}

}  // namespace reeve::telemetry
