// SPDX-License-Identifier: Apache-2.0
// The counters of all limits, shared by all reactors without locks (contract, 2, Limits; ADR 0006). In a
// request's path: knocking() before the decision, charge() after it when every pure check passed,
// count_refused() when one did not. Made once by the wiring; outlives every Snapshot: a counter is found by
// (limit name, subject). No I/O and no clock: control reads and writes the checkpoint's file.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/inline_vector.h"
#include "base/siphash.h"
#include "limits/buckets.h"
#include "limits/record.h"
#include "limits/taken.h"
#include "policy/decision.h"
#include "policy/standing.h"

namespace reeve::limits {

/// The counters' side of a Snapshot: its limits' records, by index. Lives beside the Snapshot; valid as long
/// as the Table.
class Binding {
 public:
  Binding() = default;

 private:
  friend class Table;
  std::vector<Record*> records_;
};

using policy::Standing;

struct Charged {
  /// In the order of Decision::charges, all of them, whether taken or not.
  policy::Standings standings;
  /// A limit that is not a dry run was exhausted: nothing is taken.
  bool refused = false;

  /// Longest wait of the exhausted ones that refuse; 0 when none does.
  Duration wait() const;
};

/// Of the limits marked `on: refused`.
struct Knock {
  std::uint32_t limit = policy::kNone;         ///< the first exhausted one that refuses
  std::uint32_t would_refuse = policy::kNone;  ///< the first exhausted dry run
  Standing standing{.limit = policy::kNone};   ///< of `limit`
};

/// Seconds for a header, rounded up.
constexpr std::int64_t whole_seconds(Duration duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

class Table {
 public:
  struct Size {
    unsigned first_bits = 9;  ///< buckets of eight in the first chunk: 2^first_bits
    /// Each four times the one before: 5.6 million counters, 90 MB when all of that is used. The first that
    /// finds no room of its own comes at about a third of them.
    unsigned chunks = 6;
  };
  /// Distinct limits that one configuration may have; config refuses more.
  static constexpr std::size_t kLimitsMost = 16'384;

  /// `key` is random and secret; a checkpoint brings its own.
  explicit Table(SipKey key) : Table(key, Size{}) {}
  Table(SipKey key, Size size);
  ~Table();

  /// Before a Snapshot is published, and only when it is: from now on its limits hold for all requests, those
  /// of older generations too. Carries counters over: a changed rate keeps the units used, a changed quota
  /// its count, a changed kind starts empty. The control thread.
  Binding bind(const policy::Snapshot& snapshot, Now now);

  // --- reactors ---

  /// Takes what `decision` must take, for the subject that it found: all are looked at first; when one is
  /// exhausted nothing is taken and `out` tells every exhausted one. True: the request may go on, `taken`
  /// holds what it took.
  bool charge(const Binding& binding, const policy::Snapshot& snapshot, const policy::Facts& facts,
              const policy::Decision& decision, MonoTime now, Taken& taken, Charged& out);
  /// How they stand, without taking: for explanations.
  void peek(const Binding& binding, const policy::Snapshot& snapshot, const policy::Facts& facts,
            const policy::Decision& decision, MonoTime now, Charged& out) const;

  /// Whether a limit marked `on: refused` is exhausted for this address: those of `global` and of `route`
  /// (kNone: without one).
  Knock knocking(const Binding& binding, const policy::Snapshot& snapshot, const policy::Facts& facts,
                 std::uint32_t route, MonoTime now) const;
  /// Counts a request that a check from `route` to `quarantine`, but `ip_limit`, refused.
  void count_refused(const Binding& binding, const policy::Snapshot& snapshot, const policy::Facts& facts,
                     std::uint32_t route, MonoTime now);

  // --- the control thread, while reactors go on ---

  /// All live counters of rates and quotas.
  std::string checkpoint(Now now) const;
  /// Before the first bind(): takes over what a checkpoint holds, at most as old as it is. Returns how many
  /// counters; the error is for people, and the Table is then as it was.
  std::expected<std::size_t, std::string> restore(std::string_view bytes, Now now);

  struct Stats {
    std::size_t live = 0;       ///< counters that are not idle
    std::size_t reserved = 0;   ///< for how many there is memory
    std::size_t most = 0;       ///< and may be
    std::uint64_t crowded = 0;  ///< requests that shared a coarse counter, since the start
  };
  /// Walks over all counters.
  Stats stats(Now now) const;

 private:
  struct Seat;
  enum class Took : std::uint8_t { Yes, Exhausted };

  Record& record(const std::string& name, policy::LimitKind kind);
  Record* reusable();
  bool adopt(Record& record, const policy::Limit& limit, const policy::Zone& zone, Now now);
  const policy::Zone& own(const policy::Zone& zone);
  void erase(std::uint16_t id);
  void carry_all();
  template <class Each>
  void for_each_cell(Each&& each) const;
  CellKey key_of(const Record& record, std::string_view subject) const;

  Seat seat(const Binding& binding, const policy::Snapshot& snapshot, const policy::Facts& facts,
            const policy::Decision& decision, std::uint32_t limit) const;
  CellKey coarse_key(const Seat& seat) const;
  void locate(Seat& seat, Now now) const;
  void secure(Seat& seat, Now now);
  static void take_overflow(Seat& seat);
  static std::uint64_t state_at(const Seat& seat, const Version& version, const Word& word);
  static bool has_room(const Seat& seat, Now now);
  static Standing standing(const Seat& seat, Now now);
  static Standing standing_of(const Seat& seat, const View& view, bool exhausted, Now now);
  Took take(Seat& seat, Now now, std::uint64_t& mark, View& view);
  template <class Each>
  void each_knocking(const Binding& binding, const policy::Snapshot& snapshot, const policy::Facts& facts,
                     std::uint32_t route, Each&& each) const;

  SipKey key_;
  Buckets fine_;
  Buckets coarse_;
  // Relaxed: a count of its own.
  std::atomic<std::uint64_t> crowded_{0};

  // The control thread's; the mutex is for tests and tools that have several.
  mutable std::mutex mutex_;
  std::deque<Record> records_;  // by id - 1; never moves
  std::map<std::pair<std::string, policy::LimitKind>, Record*> by_name_;
  // Never freed before the end: a request of an old generation may still read one. Some 200 bytes each time
  // that a limit changes; zones only when their rules do.
  std::deque<Version> versions_;
  std::deque<policy::Zone> zones_;
  std::uint64_t binds_ = 0;
  std::size_t reuse_next_ = 0;
};

}  // namespace reeve::limits
