// SPDX-License-Identifier: Apache-2.0
// The Table on a request's path. A counter is charged by reading its word, computing the next one, and
// exchanging them if the word is still what was read; so no more than there is can be taken, whoever else
// takes.
#include <algorithm>

#include "limits/table.h"
#include "policy/subject.h"

namespace reeve::limits {

using policy::LimitKind;

/// Where a request's unit of one limit is counted.
struct Table::Seat {
  Record* record;
  CellKey key;
  // The cell as it was found; null: none yet.
  Cell* cell;
  std::uint64_t identity;
  // For the coarse key, made only when it is needed.
  const policy::Limit* limit;
  const policy::Snapshot* snapshot;
  const policy::Facts* facts;
  std::uint32_t index;  ///< in Snapshot::limits
  std::uint32_t caller;
  std::uint32_t credential;
  bool full;  ///< it was found exhausted
};

Duration Charged::wait() const {
  Duration longest{};
  for (const Standing& standing : standings)
    if (standing.exhausted && !standing.dry_run) longest = std::max(longest, standing.helps_in);
  return longest;
}

CellKey Table::key_of(const Record& record, std::string_view subject) const {
  const SipHash128 hash = siphash128({key_[0] ^ record.seed, key_[1]}, subject);
  return {tag::of(record.id, record.kind, hash.low), hash.high};
}

Table::Seat Table::seat(const Binding& binding, const policy::Snapshot& snapshot, const policy::Facts& facts,
                        const policy::Decision& decision, std::uint32_t limit) const {
  Seat seat{.record = binding.records_[limit],
            .key = {},
            .cell = nullptr,
            .identity = 0,
            .limit = &snapshot.limits[limit],
            .snapshot = &snapshot,
            .facts = &facts,
            .index = limit,
            .caller = decision.caller,
            .credential = decision.key,
            .full = false};
  char subject[policy::kSubjectMax];
  const std::size_t size =
      policy::write_subject(*seat.limit, snapshot, facts, seat.caller, seat.credential, subject);
  seat.key = key_of(*seat.record, {subject, size});
  return seat;
}

CellKey Table::coarse_key(const Seat& seat) const {
  char subject[policy::kSubjectMax];
  char coarse[policy::kSubjectMax];
  const std::size_t size =
      policy::write_subject(*seat.limit, *seat.snapshot, *seat.facts, seat.caller, seat.credential, subject);
  return key_of(*seat.record, {coarse, policy::write_coarse_subject({subject, size}, coarse)});
}

/// The cell that would be charged, if it is there: the subject's own, else its neighbourhood's, else the
/// limit's.
void Table::locate(Seat& seat, Now now) const {
  const Buckets::Found fine = fine_.find(seat.key, now);
  seat.cell = fine.cell;
  seat.identity = seat.key.identity;
  if (fine.room) return;
  const CellKey key = coarse_key(seat);
  const Buckets::Found coarse = coarse_.find(key, now);
  seat.cell = coarse.cell;
  seat.identity = key.identity;
  if (!coarse.room) take_overflow(seat);
}

void Table::take_overflow(Seat& seat) {
  seat.cell = &seat.record->overflow;
  seat.identity = tag::of(seat.record->id, seat.record->kind, 0);
}

Standing Table::standing_of(const Seat& seat, const View& view, bool exhausted, Now now) {
  Standing standing{.limit = seat.index,
                    .exhausted = exhausted,
                    .dry_run = seat.limit->dry_run,
                    .left = exhausted ? 0 : view.left,
                    .full_in = view.until_full};
  if (exhausted) standing.helps_in = view.until_next;
  standing.resets_at = now.wall + (exhausted ? view.until_next : view.until_full);
  return standing;
}

/// What the seat's counter stands at; one that was taken over since it was found was idle.
std::uint64_t Table::state_at(const Seat& seat, const Version& version, const Word& word) {
  const bool live = tag::identity(word.tag) == seat.identity && tag::version(word.tag) != tag::kPending;
  return live ? seat.record->state_under(version, word) : 0;
}

bool Table::has_room(const Seat& seat, Now now) {
  const Word word = seat.cell == nullptr ? Word{} : seat.cell->load();
  const Version& version = seat.record->now_valid();
  return version.has_room(state_at(seat, version, word), now);
}

Standing Table::standing(const Seat& seat, Now now) {
  const Word word = seat.cell == nullptr ? Word{} : seat.cell->load();
  const Version& version = seat.record->now_valid();
  const View view = version.view(state_at(seat, version, word), now);
  // Where somebody has given back since, the refusal stands and is told.
  return standing_of(seat, view, seat.full || view.left == 0, now);
}

/// As locate(), and makes it when it is not there.
void Table::secure(Seat& seat, Now now) {
  const unsigned version = seat.record->now_valid().number();
  seat.cell = fine_.claim(seat.key, version, now);
  seat.identity = seat.key.identity;
  if (seat.cell != nullptr) return;
  const CellKey coarse = coarse_key(seat);
  seat.cell = coarse_.claim(coarse, version, now);
  seat.identity = coarse.identity;
  if (seat.cell == nullptr) take_overflow(seat);
}

Table::Took Table::take(Seat& seat, Now now, std::uint64_t& mark, View& view) {
  for (;; seat.cell = nullptr) {
    if (seat.cell == nullptr) secure(seat, now);
    Word seen = seat.cell->load();
    // Somebody else's by now (it was idle): find another.
    while (tag::identity(seen.tag) == seat.identity && tag::version(seen.tag) != tag::kPending) {
      const Version& version = seat.record->now_valid();
      const std::uint64_t state = seat.record->state_under(version, seen);
      const auto next = version.taken(state, now);
      if (!next) {
        view = version.view(state, now);
        return Took::Exhausted;
      }
      if (seat.cell->replace(seen, {tag::with_version(seat.identity, version.number()), *next})) {
        mark = version.mark(*next);
        view = version.view(*next, now);
        if (seat.identity != seat.key.identity) crowded_.fetch_add(1, std::memory_order_relaxed);
        return Took::Yes;
      }
    }
  }
}

void Table::peek(const Binding& binding, const policy::Snapshot& snapshot, const policy::Facts& facts,
                 const policy::Decision& decision, MonoTime mono, Charged& out) const {
  const Now now{mono, facts.now};
  out.standings.clear();
  out.refused = false;
  for (const policy::Charge& charge : decision.charges) {
    Seat its = seat(binding, snapshot, facts, decision, charge.limit);
    locate(its, now);
    const Standing& standing = out.standings.push_back(Table::standing(its, now));
    if (standing.exhausted && !standing.dry_run) out.refused = true;
  }
}

bool Table::charge(const Binding& binding, const policy::Snapshot& snapshot, const policy::Facts& facts,
                   const policy::Decision& decision, MonoTime mono, Taken& taken, Charged& out) {
  const Now now{mono, facts.now};
  out.standings.clear();
  out.refused = false;
  InlineVector<Seat, 12> seats;
  for (const policy::Charge& charge : decision.charges) {
    Seat& added = seats.push_back(seat(binding, snapshot, facts, decision, charge.limit));
    // One alone is taken or not: nothing need be known before.
    if (decision.charges.size() == 1) break;
    locate(added, now);
    added.full = !has_room(added, now);
    if (added.full && !added.limit->dry_run) out.refused = true;
  }
  taken.release();
  for (Seat& seat : seats) {
    if (out.refused) break;
    std::uint64_t mark = 0;
    View view;
    seat.full = take(seat, now, mark, view) == Took::Exhausted;
    out.standings.push_back(standing_of(seat, view, seat.full, now));
    if (!seat.full) {
      taken.add({seat.cell, seat.record, seat.identity, mark});
    } else if (!seat.limit->dry_run) {
      // Another thread was quicker since the look.
      out.refused = true;
    }
  }
  if (!out.refused) return true;
  taken.give_back(now);
  out.standings.clear();
  for (const Seat& seat : seats) out.standings.push_back(standing(seat, now));
  return false;
}

/// Each limit marked `on: refused` of `global` and of the route, once.
template <class Each>
void Table::each_knocking(const Binding& binding, const policy::Snapshot& snapshot,
                          const policy::Facts& facts, std::uint32_t route, Each&& each) const {
  if (!snapshot.any_knocking) return;
  const policy::Decision nobody;
  const auto visit = [&](std::uint32_t limit) {
    if (snapshot.limits[limit].on_refused) each(seat(binding, snapshot, facts, nobody, limit));
  };
  for (const policy::LimitUse& use : snapshot.global_limits) visit(use.limit);
  if (route == policy::kNone) return;
  for (const policy::LimitUse& use : snapshot.routes[route].limits)
    if (std::ranges::find(snapshot.global_limits, use.limit, &policy::LimitUse::limit) ==
        snapshot.global_limits.end())
      visit(use.limit);
}

Knock Table::knocking(const Binding& binding, const policy::Snapshot& snapshot, const policy::Facts& facts,
                      std::uint32_t route, MonoTime mono) const {
  const Now now{mono, facts.now};
  Knock knock;
  each_knocking(binding, snapshot, facts, route, [&](Seat seat) {
    locate(seat, now);
    const Standing seen = standing(seat, now);
    if (!seen.exhausted) return;
    if (seen.dry_run) {
      if (knock.would_refuse == policy::kNone) knock.would_refuse = seen.limit;
    } else if (knock.limit == policy::kNone) {
      knock.limit = seen.limit;
      knock.standing = seen;
    }
  });
  return knock;
}

void Table::count_refused(const Binding& binding, const policy::Snapshot& snapshot,
                          const policy::Facts& facts, std::uint32_t route, MonoTime mono) {
  const Now now{mono, facts.now};
  each_knocking(binding, snapshot, facts, route, [&](Seat seat) {
    // What is open cannot be counted of a request that has ended.
    if (seat.record->kind == LimitKind::Concurrency) return;
    std::uint64_t mark = 0;
    View view;
    take(seat, now, mark, view);
  });
}

}  // namespace reeve::limits
