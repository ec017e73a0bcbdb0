// SPDX-License-Identifier: Apache-2.0
// What a request sees of one configuration: the Snapshot and what this reactor has bound to it. Made when a
// configuration is published, on the reactor; a request pins exactly one.
#pragma once

#include <memory>
#include <vector>

#include "explain/record.h"
#include "limits/table.h"
#include "policy/snapshot.h"
#include "telemetry/metrics.h"
#include "upstream/client.h"

namespace reeve::proxy {

struct Generation {
  std::shared_ptr<const policy::Snapshot> snapshot;
  explain::ConfigurationMark mark{};              ///< of it, for the records of decisions
  std::shared_ptr<const limits::Binding> limits;  ///< the counters' side of it
  mutable upstream::Binding upstreams;            ///< the turn of round robin moves with every request
  std::vector<bool> wants_decision_id;  ///< by route: `${decision.id}` stands in one of its templates
  std::vector<telemetry::RouteMetrics*> route_metrics;  ///< by Snapshot::routes
  telemetry::RouteMetrics* no_route_metrics = nullptr;
};

}  // namespace reeve::proxy
