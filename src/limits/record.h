// SPDX-License-Identifier: Apache-2.0
// A limit as the counters know it, by name and kind, over all reloads: the versions that it had, and what the
// 64 bits of a counter's state mean under each. Owned by the Table; read by every reactor.
//
// States. Rate: the moment at which it is idle, monotonic nanoseconds. Quota: the end of the window that was
// counted in (quarters of an hour since 1970, 24 bits), then the count (40). Concurrency: how many are open.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "limits/cell.h"
#include "policy/limit.h"

namespace reeve::limits {

/// A quota counts up to here; a larger amount is one that is never exhausted.
inline constexpr std::uint64_t kQuotaMost = (std::uint64_t{1} << 40) - 1;

/// How a counter stands.
struct View {
  std::uint64_t left = 0;
  Duration until_next{};  ///< until one more may be made; 0 when left > 0
  Duration until_full{};  ///< rate: until `burst` at one instant; quota: until the window ends; else 0
};

/// One configured form of a limit. Immutable but for a remembered window.
class Version {
 public:
  /// `Restored`: from a checkpoint, which does not tell a quota's period.
  enum class Origin : std::uint8_t { Configured, Restored };
  Version(const policy::Limit& limit, const policy::Zone& zone, unsigned number, Now since, Origin origin)
      : limit_(limit), zone_(zone), number_(number), since_(since), origin_(origin) {}

  const policy::Limit& limit() const { return limit_; }
  unsigned number() const { return number_; }

  View view(std::uint64_t state, Now now) const;
  bool has_room(std::uint64_t state, Now now) const;
  /// After one more; nothing when there is no room for it.
  std::optional<std::uint64_t> taken(std::uint64_t state, Now now) const;
  /// What must be remembered of a state just taken, to give it back.
  std::uint64_t mark(std::uint64_t state) const;
  /// After that one was given back, as far as it has not come back by itself.
  std::uint64_t given_back(std::uint64_t state, std::uint64_t mark, Now now) const;
  /// The state under this version of one that was counted under `before`, its predecessor.
  std::uint64_t carried(const Version& before, std::uint64_t state) const;

  /// Whether states mean the same under a limit configured like that.
  bool means_the_same(const policy::Limit& limit, const policy::Zone& zone) const;
  /// Whether nothing at all that counts has changed.
  bool equals(const policy::Limit& limit, const policy::Zone& zone) const;

 private:
  policy::Window window(WallTime now) const;
  /// What a quota counts at `now`: in which window, how much of it.
  struct Counting {
    WallTime window_end;
    std::uint64_t count;
  };
  Counting counting(std::uint64_t state, WallTime now) const;

  const policy::Limit limit_;
  const policy::Zone& zone_;  // the Table's
  const unsigned number_;
  const Now since_;
  const Origin origin_;
  // The last window, seconds since 1970 in 32 bits each: start, end. Relaxed: a number of its own, true
  // whoever computed it.
  mutable std::atomic<std::uint64_t> window_{0};
};

struct Record {
  std::string name;
  policy::LimitKind kind;
  std::uint16_t id = 0;
  std::uint64_t seed = 0;        ///< of its subjects' hashes
  std::uint64_t bound_last = 0;  ///< in which bind(); the control thread's
  /// Sequentially consistent: read after a cell's word, so that no cell has a version that is newer than
  /// this.
  std::atomic<const Version*> current{nullptr};
  /// By number: the current one and its predecessors. Stored before `current`.
  std::array<std::atomic<const Version*>, tag::kPending> by_number{};
  /// All subjects that have no room of their own and no coarse cell. Always there, never evicted.
  Cell overflow;

  const Version& now_valid() const { return *current.load(std::memory_order_seq_cst); }
  /// The state of a cell's word under `version`, which was read after the word.
  std::uint64_t state_under(const Version& version, const Word& word) const;
};

bool same_rules(const policy::Zone& a, const policy::Zone& b);

/// Whether a counter is as good as none: an idle rate, a quota of a past window, nothing open.
bool expired(const Word& word, Now now);

}  // namespace reeve::limits
