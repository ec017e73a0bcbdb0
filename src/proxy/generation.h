// SPDX-License-Identifier: Apache-2.0
// What a request sees of one configuration: the Snapshot and what this reactor has bound to it. Made when a
// configuration is published, on the reactor; a request pins exactly one.
#pragma once

#include <memory>
#include <vector>

#include "policy/snapshot.h"
#include "telemetry/metrics.h"
#include "upstream/client.h"

namespace reeve::proxy {

struct Generation {
  std::shared_ptr<const policy::Snapshot> snapshot;
  mutable upstream::Binding upstreams;                  ///< the turn of round robin moves with every request
  std::vector<telemetry::RouteMetrics*> route_metrics;  ///< by Snapshot::routes
  telemetry::RouteMetrics* no_route_metrics = nullptr;
};

}  // namespace reeve::proxy
