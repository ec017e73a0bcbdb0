// SPDX-License-Identifier: Apache-2.0
// The same numbers as the metrics, summed up for people and pages (contract, 7, GET /v1/stats). Made by
// Registry::stats() when somebody asks.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "telemetry/refusals.h"
#include "telemetry/route_metrics.h"

namespace reeve::telemetry {

/// How long requests took.
struct Durations {
  std::array<std::uint64_t, kBuckets.size() + 1> buckets{};  ///< not cumulative; +Inf last
  Duration sum{0};

  void add(const Durations& more);
  std::uint64_t count() const;
  /// An upper bound of what that share of the requests took, within its bucket by linear interpolation, as
  /// Prometheus's histogram_quantile does; nothing when there were none.
  std::optional<Duration> quantile(double share) const;
};

/// Names live as long as the Registry.
struct RouteStats {
  std::string_view route;  ///< "" = requests that matched none
  std::uint64_t requests = 0;
  std::uint64_t refusals = 0;
  Durations durations;
};
struct RefusalStats {
  RefusalKind kind;
  std::string_view route;
  std::uint64_t count = 0;
};

struct Stats {
  std::uint64_t by_gateway = 0;                     ///< answers that Reeve made
  std::uint64_t by_upstream = 0;                    ///< answers that upstreams made
  std::map<std::uint16_t, std::uint64_t> statuses;  ///< 0 = others, once there were too many different ones
  Durations durations;
  std::vector<RouteStats> routes;      ///< by name
  std::vector<RefusalStats> refusals;  ///< most frequent first
  std::uint64_t connections_opened = 0;
  std::uint64_t log_lines_dropped = 0;
};

}  // namespace reeve::telemetry
