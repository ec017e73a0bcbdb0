// SPDX-License-Identifier: Apache-2.0
// Counters of one reactor, written by it alone and read by the scrape from another thread. Names and labels
// are those of the contract, 9; no label is unbounded: routes are the configured names, methods the known
// ones, statuses three digits. A reload that adds routes adds rows; rows of gone routes stay until restart.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "http/message.h"

namespace reeve::telemetry {

enum class Origin : std::uint8_t { Gateway, Upstream };

/// A number that one thread writes and others read.
class Counter {
 public:
  // Relaxed, and no read-modify-write: one writer, and a scrape may be a moment behind.
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Everything one route counts on one reactor; route_metrics.h.
class RouteMetrics;

/// One reactor's metrics.
class Shard {
 public:
  Shard();
  ~Shard();
  /// The rows of a route by name ("" = requests without a route); made on first use, on this reactor, when a
  /// configuration is published, never on the request path. Valid as long as the Shard.
  RouteMetrics* route(std::string_view name);

  /// One finished request.
  void request(RouteMetrics& route, http::Method method, std::uint16_t status, Origin origin, Duration took);
  /// One answer that Reeve itself made with that code, because of that check.
  void refusal(RouteMetrics& route, Code code, Check check);

  Counter connections_opened;
  Counter log_lines_dropped;  ///< the ring was full
  Counter log_lines_lost;     ///< could not be written; counted by the log's thread

 private:
  friend class Registry;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reeve::telemetry
