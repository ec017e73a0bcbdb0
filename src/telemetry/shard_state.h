// SPDX-License-Identifier: Apache-2.0
// The private part of a Shard, seen by the Registry that renders it. `routes` only grows and its elements
// stay where they are; the mutex guards growing and walking, not counting.
#pragma once

#include <deque>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "telemetry/route_metrics.h"

namespace reeve::telemetry {

struct Shard::State {
  std::mutex mutex;
  std::deque<RouteMetrics> routes;
  std::unordered_map<std::string_view, RouteMetrics*> by_name;  // keys lie in `routes`
};

}  // namespace reeve::telemetry
