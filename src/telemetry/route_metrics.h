// SPDX-License-Identifier: Apache-2.0
// What one route counts on one reactor. Its memory is made by the first request that ends on it, and rows by
// the first of each (method, status, origin); after that a request costs a few stores. Written by its reactor
// alone; the scrape reads beside it, since blocks and rows only ever appear, and never move.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "telemetry/metrics.h"
#include "telemetry/refusals.h"

namespace reeve::telemetry {

/// Upper bounds of the histogram's buckets, the last one (+Inf) left out.
inline constexpr std::array<Duration, 16> kBuckets{
    std::chrono::microseconds(500), std::chrono::milliseconds(1),   std::chrono::microseconds(2500),
    std::chrono::milliseconds(5),   std::chrono::milliseconds(10),  std::chrono::milliseconds(25),
    std::chrono::milliseconds(50),  std::chrono::milliseconds(100), std::chrono::milliseconds(250),
    std::chrono::milliseconds(500), std::chrono::seconds(1),        std::chrono::milliseconds(2500),
    std::chrono::seconds(5),        std::chrono::seconds(10),       std::chrono::seconds(30),
    std::chrono::seconds(60)};

class RouteMetrics {
 public:
  explicit RouteMetrics(std::string name) : name_(std::move(name)) {}
  ~RouteMetrics();
  RouteMetrics(const RouteMetrics&) = delete;
  RouteMetrics& operator=(const RouteMetrics&) = delete;

  std::string_view name() const { return name_; }

  // --- the owning reactor ---
  void request(http::Method method, std::uint16_t status, Origin origin, Duration took);
  void refusal(Code code, Check check);

  // --- any thread ---
  /// `each(method, status, origin, count)`; status 0 = rows beyond kRowsMax, together.
  template <class Each>
  void for_each_row(Each&& each) const {
    const Counts* counts = counts_.load(std::memory_order_acquire);
    if (counts == nullptr) return;
    for (const Rows* rows = &counts->rows; rows != nullptr; rows = rows->more.load(std::memory_order_acquire))
      for (const Row& row : rows->rows)
        if (const std::uint32_t key = row.key.load(std::memory_order_acquire); key != 0)
          each(static_cast<http::Method>(key >> 16), static_cast<std::uint16_t>((key >> 2) & 0x3ff),
               static_cast<Origin>((key >> 1) & 1), row.count.value());
  }
  /// Requests by bucket (not cumulative), +Inf last; false if nothing was counted.
  bool durations(std::array<std::uint64_t, kBuckets.size() + 1>& buckets, Duration& sum) const;
  /// By refusal_index().
  std::uint64_t refusals(std::size_t kind) const;

 private:
  static constexpr std::size_t kRows = 16;  // in a block; most routes see fewer
  static constexpr std::size_t kBlocksMax = 32;
  struct Row {
    std::atomic<std::uint32_t> key{0};  // see key_of; 0 = free
    Counter count;
  };
  struct Rows {
    std::array<Row, kRows> rows;
    std::atomic<Rows*> more{nullptr};
  };
  struct Counts {
    std::array<Counter, kBuckets.size() + 1> buckets;
    Counter nanoseconds;
    std::array<Counter, kRefusalKinds> refusals;
    Rows rows;
  };
  static constexpr std::uint32_t key_of(http::Method method, std::uint16_t status, Origin origin) {
    return static_cast<std::uint32_t>(method) << 16 | static_cast<std::uint32_t>(status & 0x3ff) << 2 |
           static_cast<std::uint32_t>(origin) << 1 | 1;
  }
  Counts& counts();
  Counter& row(Counts& counts, std::uint32_t key);

  std::string name_;
  std::atomic<Counts*> counts_{nullptr};  // owned
};

}  // namespace reeve::telemetry
