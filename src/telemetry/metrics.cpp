// SPDX-License-Identifier: Apache-2.0
// The rows of one reactor, by route. The lock is taken when a configuration is published and when a scrape
// walks over the routes, never by a request.
#include "telemetry/metrics.h"

#include "telemetry/route_metrics.h"
#include "telemetry/shard_state.h"

namespace reeve::telemetry {

Shard::Shard() : state_(std::make_unique<State>()) {}
Shard::~Shard() = default;

RouteMetrics* Shard::route(std::string_view name) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->by_name.find(name);
  if (found != state_->by_name.end()) return found->second;
  RouteMetrics& made = state_->routes.emplace_back(std::string(name));
  state_->by_name.emplace(made.name(), &made);
  return &made;
}

void Shard::request(RouteMetrics& route, http::Method method, std::uint16_t status, Origin origin,
                    Duration took) {
  route.request(method, status, origin, took);
}

void Shard::refusal(RouteMetrics& route, Code code, Check check) {
  route.refusal(code, check);
}

}  // namespace reeve::telemetry
