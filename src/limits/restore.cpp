// SPDX-License-Identifier: Apache-2.0
// The Table's counters to and from a checkpoint. A rate is written as what is missing until it is idle, since
// monotonic time begins anew with the machine; the wall time that has passed meanwhile is taken off.
#include <algorithm>
#include <utility>

#include "limits/checkpoint.h"
#include "limits/table.h"

namespace reeve::limits {

using policy::LimitKind;

std::string Table::checkpoint(Now now) const {
  const std::scoped_lock lock(mutex_);
  Checkpoint out{.first_bits = fine_.first_bits(), .key = key_, .wall = now.wall.time_since_epoch().count()};
  for (const Record& record : records_) {
    if (record.kind == LimitKind::Concurrency) continue;
    const policy::Limit& limit = record.now_valid().limit();
    out.limits.push_back({record.id, record.kind, record.name, limit.interval.count(), limit.burst});
  }
  const auto add = [&](const Cell& cell, Checkpoint::Where where, Buckets::Position at) {
    const Word word = cell.load();
    if (word.tag == 0 || tag::version(word.tag) == tag::kPending || expired(word, now)) return;
    if (tag::kind(word.tag) == LimitKind::Concurrency) return;
    const Record& record = records_[tag::record(word.tag) - 1u];
    std::uint64_t state = record.state_under(record.now_valid(), word);
    if (record.kind == LimitKind::Rate) {
      const std::int64_t debt = static_cast<std::int64_t>(state) - now.mono.time_since_epoch().count();
      state = static_cast<std::uint64_t>(std::clamp<std::int64_t>(debt, 0, policy::kRateSpanMax.count()));
    }
    out.counters.push_back({tag::identity(word.tag), state, where, at.chunk, at.bucket});
  };
  fine_.for_each([&](Cell& cell, Buckets::Position at) { add(cell, Checkpoint::Where::Fine, at); });
  coarse_.for_each([&](Cell& cell, Buckets::Position at) { add(cell, Checkpoint::Where::Coarse, at); });
  for (const Record& record : records_) add(record.overflow, Checkpoint::Where::Overflow, {});
  return encode(out);
}

std::expected<std::size_t, std::string> Table::restore(std::string_view bytes, Now now) {
  const std::scoped_lock lock(mutex_);
  if (!records_.empty()) return std::unexpected("counters are in use already");
  auto decoded = decode(bytes);
  if (!decoded) return std::unexpected(std::move(decoded).error());
  if (decoded->first_bits != fine_.first_bits())
    return std::unexpected("it was written by a program whose tables have another form");
  key_ = decoded->key;

  std::vector<Record*> by_id(std::size_t{1} << 16);
  for (const Checkpoint::Limit& limit : decoded->limits) {
    Record& made = record(limit.name, limit.kind);
    by_id[limit.id] = &made;
    policy::Limit as_it_was;
    as_it_was.name = limit.name;
    as_it_was.kind = limit.kind;
    as_it_was.interval = Duration{limit.interval};
    as_it_was.burst = limit.burst;
    versions_.emplace_back(as_it_was, own({}), 0, now, Version::Origin::Restored);
    made.by_number[0].store(&versions_.back(), std::memory_order_release);
    made.current.store(&versions_.back(), std::memory_order_seq_cst);
  }

  // A clock that was set back must not make anybody wait longer than at the time of writing.
  const std::int64_t written = std::min(decoded->wall, now.wall.time_since_epoch().count());
  const std::int64_t passed = written < 0 ? 0 : now.wall.time_since_epoch().count() - written;
  std::size_t restored = 0;
  for (const Checkpoint::Counter& counter : decoded->counters) {
    const Record& limit = *by_id[tag::record(counter.tag)];
    Word word{tag::of(limit.id, limit.kind, counter.tag), counter.state};
    if (limit.kind == LimitKind::Rate) {
      const std::int64_t debt = static_cast<std::int64_t>(counter.state) - passed;
      word.state = debt <= 0 ? 0 : static_cast<std::uint64_t>(now.mono.time_since_epoch().count() + debt);
    }
    if (expired(word, now)) continue;
    const Buckets::Position at{counter.chunk, counter.bucket};
    switch (counter.where) {
      case Checkpoint::Where::Fine:
        restored += fine_.put(at, word);
        break;
      case Checkpoint::Where::Coarse:
        restored += coarse_.put(at, word);
        break;
      case Checkpoint::Where::Overflow:
        by_id[tag::record(counter.tag)]->overflow.put({tag::of(limit.id, limit.kind, 0), word.state});
        ++restored;
        break;
    }
  }
  return restored;
}

}  // namespace reeve::limits
