// SPDX-License-Identifier: Apache-2.0
// All metrics of the process as one text: the shards of the reactors summed up, and families that others
// supply when a scrape comes (health, certificates, lag). Owned by the wiring; render() runs on the control
// thread. Keeps no history and serves nothing itself: admin/ does.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "telemetry/metrics.h"
#include "telemetry/prometheus.h"
#include "telemetry/stats.h"

namespace reeve::telemetry {

class Registry {
 public:
  /// A reactor's own; lives as long as the Registry. At start only, before the reactors run.
  Shard& add_shard();
  /// Called at every scrape, in the order of adding, to write whole families. What it reads must be safe to
  /// read on the control thread.
  using Collector = std::function<void(PrometheusText&)>;
  void add_collector(Collector collector) { collectors_.push_back(std::move(collector)); }

  void render(std::string& out) const;
  Stats stats() const;

 private:
  void render_requests(PrometheusText& text) const;
  void render_durations(PrometheusText& text) const;
  void render_refusals(PrometheusText& text) const;
  void render_totals(PrometheusText& text) const;
  /// `each(route)` for the rows of every route on every shard.
  template <class Each>
  void for_each_route(Each&& each) const;

  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<Collector> collectors_;
};

}  // namespace reeve::telemetry
