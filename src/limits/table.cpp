// SPDX-License-Identifier: Apache-2.0
// The Table's slow side: limits' records and their versions, carrying counters over, and what the scrape
// sees.
#include "limits/table.h"

#include <limits>

#include "base/bug.h"

namespace reeve::limits {

namespace {

// 4,096 neighbourhoods share what is full; beyond, each limit has one cell for all.
constexpr unsigned kCoarseBits = 9;
constexpr std::size_t kRecordsMost = std::numeric_limits<std::uint16_t>::max();

}  // namespace

Table::Table(SipKey key, Size size)
    : key_(key), fine_(size.first_bits, size.chunks), coarse_(kCoarseBits, 1) {}
Table::~Table() = default;

/// A record of no recent configuration, emptied.
Record* Table::reusable() {
  for (std::size_t looked = 0; looked < records_.size(); ++looked) {
    Record& record = records_[reuse_next_++ % records_.size()];
    // Requests of the last generation may still be charged.
    if (record.bound_last + 1 >= binds_) continue;
    by_name_.erase({record.name, record.kind});
    erase(record.id);
    return &record;
  }
  return nullptr;
}

Record& Table::record(const std::string& name, policy::LimitKind kind) {
  const auto [found, fresh] = by_name_.try_emplace({name, kind}, nullptr);
  if (!fresh) return *found->second;
  Record* record = records_.size() < kRecordsMost ? &records_.emplace_back() : reusable();
  if (record == nullptr) {
    RV_BUG("more limits than there are numbers for counters: config must have refused them");
    record = &records_.back();
  } else {
    if (record->id == 0) record->id = static_cast<std::uint16_t>(records_.size());
    record->name = name;
    record->kind = kind;
    record->seed = siphash128(key_, name).low ^ static_cast<std::uint64_t>(kind);
    record->current.store(nullptr, std::memory_order_seq_cst);
    record->overflow.put({tag::of(record->id, kind, 0), 0});
  }
  found->second = record;
  return *record;
}

const policy::Zone& Table::own(const policy::Zone& zone) {
  for (const policy::Zone& known : zones_)
    if (same_rules(known, zone)) return known;
  return zones_.emplace_back(zone);
}

/// Makes `limit` what holds; true when states mean something else now.
bool Table::adopt(Record& record, const policy::Limit& limit, const policy::Zone& zone, Now now) {
  record.bound_last = binds_;
  const Version* before = record.current.load(std::memory_order_relaxed);  // this thread's own
  if (before != nullptr && before->equals(limit, zone)) return false;
  const bool changed = before != nullptr && !before->means_the_same(limit, zone);
  const unsigned number = before == nullptr ? 0 : (before->number() + (changed ? 1 : 0)) % tag::kPending;
  const Version& version = versions_.emplace_back(limit, own(zone), number, now, Version::Origin::Configured);
  // Release: whole before it is seen. Then `current`, which is read after a cell's word.
  record.by_number[number].store(&version, std::memory_order_release);
  record.current.store(&version, std::memory_order_seq_cst);
  return changed;
}

Binding Table::bind(const policy::Snapshot& snapshot, Now now) {
  const std::scoped_lock lock(mutex_);
  ++binds_;
  static const policy::Zone kUtc{.name = "UTC"};
  Binding binding;
  bool changed = false;
  for (const policy::Limit& limit : snapshot.limits) {
    Record& bound = record(limit.name, limit.kind);
    const bool zoned = limit.kind == policy::LimitKind::Quota && limit.zone < snapshot.zones.size();
    changed |= adopt(bound, limit, zoned ? snapshot.zones[limit.zone] : kUtc, now);
    binding.records_.push_back(&bound);
  }
  if (changed) carry_all();
  return binding;
}

template <class Each>
void Table::for_each_cell(Each&& each) const {
  for (const Buckets* buckets : {&fine_, &coarse_})
    buckets->for_each([&](Cell& cell, Buckets::Position) { each(cell); });
  for (const Record& record : records_) each(const_cast<Cell&>(record.overflow));
}

/// Every counter under its limit's present version, so that never more than two versions are about.
void Table::carry_all() {
  for_each_cell([&](Cell& cell) {
    Word seen = cell.load();
    while (seen.tag != 0 && tag::version(seen.tag) != tag::kPending) {
      const Record& record = records_[tag::record(seen.tag) - 1u];
      const Version& version = record.now_valid();
      if (tag::version(seen.tag) == version.number()) return;
      const std::uint64_t state = record.state_under(version, seen);
      if (cell.replace(seen, {tag::with_version(tag::identity(seen.tag), version.number()), state})) return;
    }
  });
}

/// All counters of a limit but the one for the crowd, which record() sets anew.
void Table::erase(std::uint16_t id) {
  for (const Buckets* buckets : {&fine_, &coarse_})
    buckets->for_each([&](Cell& cell, Buckets::Position) {
      Word seen = cell.load();
      while (seen.tag != 0 && tag::record(seen.tag) == id)
        if (cell.replace(seen, Word{})) return;
    });
}

Table::Stats Table::stats(Now now) const {
  const std::scoped_lock lock(mutex_);
  Stats stats{.reserved = fine_.reserved(),
              .most = fine_.capacity(),
              .crowded = crowded_.load(std::memory_order_relaxed)};
  for_each_cell([&](Cell& cell) {
    const Word word = cell.load();
    if (word.tag != 0 && tag::version(word.tag) != tag::kPending && !expired(word, now)) ++stats.live;
  });
  return stats;
}

}  // namespace reeve::limits
