// SPDX-License-Identifier: Apache-2.0
// Counting on the request path. Orders: a block or a row's key is stored with release once it is whole, and
// the scrape loads it with acquire; the counts themselves are relaxed (one writer, a scrape may be a moment
// behind).
#include "telemetry/route_metrics.h"

#include <utility>

namespace reeve::telemetry {

RouteMetrics::~RouteMetrics() {
  Counts* counts = counts_.load(std::memory_order_relaxed);
  if (counts == nullptr) return;
  for (Rows* rows = counts->rows.more.load(std::memory_order_relaxed); rows != nullptr;)
    delete std::exchange(rows, rows->more.load(std::memory_order_relaxed));
  delete counts;
}

RouteMetrics::Counts& RouteMetrics::counts() {
  Counts* counts = counts_.load(std::memory_order_relaxed);
  if (counts == nullptr) [[unlikely]] {
    counts = new Counts;
    counts_.store(counts, std::memory_order_release);
  }
  return *counts;
}

Counter& RouteMetrics::row(Counts& counts, std::uint32_t key) {
  // Multiplying spreads neighbouring statuses over the block.
  const std::size_t first = (key * 0x9e3779b1u) >> 28;
  static_assert(kRows == 16);
  std::size_t blocks = 1;
  for (Rows* rows = &counts.rows;; ++blocks) {
    for (std::size_t i = 0; i < kRows; ++i) {
      Row& row = rows->rows[(first + i) % kRows];
      const std::uint32_t found = row.key.load(std::memory_order_relaxed);
      if (found == key) return row.count;
      if (found == 0) {
        row.key.store(key, std::memory_order_release);
        return row.count;
      }
    }
    Rows* more = rows->more.load(std::memory_order_relaxed);
    if (more == nullptr) {
      // An upstream that plays through all statuses must not grow this without end: the rest is one row.
      if (blocks == kBlocksMax) return row(counts, key_of(http::Method::Other, 0, Origin::Upstream));
      more = new Rows;
      if (blocks == kBlocksMax - 1)
        more->rows[0].key.store(key_of(http::Method::Other, 0, Origin::Upstream), std::memory_order_relaxed);
      rows->more.store(more, std::memory_order_release);
    }
    rows = more;
  }
}

void RouteMetrics::request(http::Method method, std::uint16_t status, Origin origin, Duration took) {
  Counts& counts = this->counts();
  row(counts, key_of(method, status, origin)).add();
  std::size_t bucket = 0;
  while (bucket < kBuckets.size() && took > kBuckets[bucket]) ++bucket;
  counts.buckets[bucket].add();
  counts.nanoseconds.add(took.count() > 0 ? static_cast<std::uint64_t>(took.count()) : 0);
}

void RouteMetrics::refusal(Code code, Check check) {
  counts().refusals[refusal_index(code, check)].add();
}

bool RouteMetrics::durations(std::array<std::uint64_t, kBuckets.size() + 1>& buckets, Duration& sum) const {
  const Counts* counts = counts_.load(std::memory_order_acquire);
  if (counts == nullptr) return false;
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] = counts->buckets[i].value();
  sum = Duration(static_cast<Duration::rep>(counts->nanoseconds.value()));
  return true;
}

std::uint64_t RouteMetrics::refusals(std::size_t kind) const {
  const Counts* counts = counts_.load(std::memory_order_acquire);
  return counts == nullptr ? 0 : counts->refusals[kind].value();
}

}  // namespace reeve::telemetry
