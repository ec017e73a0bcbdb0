// SPDX-License-Identifier: Apache-2.0
// The private part of a Shard, seen by the Registry that sums it up. `routes` only grows and its elements
// stay where they are; the mutex guards growing and walking, not counting.
#pragma once

#include <deque>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "telemetry/registry.h"
#include "telemetry/route_metrics.h"

namespace reeve::telemetry {

struct Shard::State {
  std::mutex mutex;
  std::deque<RouteMetrics> routes;
  std::unordered_map<std::string_view, RouteMetrics*> by_name;  // keys lie in `routes`
};

template <class Each>
void Registry::for_each_route(Each&& each) const {
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->state_->mutex);
    for (const RouteMetrics& route : shard->state_->routes) each(route);
  }
}

}  // namespace reeve::telemetry
