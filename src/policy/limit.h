// SPDX-License-Identifier: Apache-2.0
// Limits as plain data, and their arithmetic (contract, 2, Limits): a rate is GCRA, a quota counts in
// calendar periods, concurrency counts what is open. What is counted for whom lives in limits/; here is only
// what one counter's number means at a moment. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/source_pos.h"
#include "base/time.h"
#include "policy/hours.h"

namespace reeve::policy {

/// In the order in which counters are taken.
enum class LimitKind : std::uint8_t { Concurrency, Rate, Quota };

/// What a counter is kept for.
enum class SubjectPart : std::uint8_t { Caller, Key, Team, Organisation, Ip, Route, Header };

enum class QuotaPeriod : std::uint8_t { Hour, Day, Week, Month };

struct Limit {
  struct Per {
    SubjectPart part;
    std::string header;  ///< lower case, for Header
    bool operator==(const Per&) const = default;
  };
  std::string name;
  SourcePos at;
  LimitKind kind = LimitKind::Rate;
  // Rate: one unit each `interval`; an idle subject may make `burst` requests at one instant.
  Duration interval{};
  std::uint64_t burst = 0;
  // Quota
  std::uint64_t amount = 0;
  QuotaPeriod period = QuotaPeriod::Day;
  std::uint32_t zone = 0;  ///< index in Snapshot::zones
  // Concurrency
  std::uint32_t most = 0;

  std::vector<Per> per;     ///< not empty
  bool on_refused = false;  ///< counts refused requests, for the check ip_limit
  bool dry_run = false;     ///< counts, never refuses
};

/// A limit where it is applied.
struct LimitUse {
  std::uint32_t limit;  ///< index in Snapshot::limits
  SourcePos at;
};

/// `burst` × `interval` counts up to here (73 years), and so does `interval`: config refuses what is beyond.
/// The arithmetic below stays defined behind it, with fewer than `burst` at one instant, never more.
inline constexpr Duration kRateSpanMax{std::int64_t{1} << 61};
/// `burst` × `interval`, at most kRateSpanMax: how long an exhausted counter takes to become idle.
Duration rate_span(const Limit& limit);

/// The state of one rate counter (GCRA): the theoretical arrival time, in monotonic nanoseconds. 0 = idle; so
/// is whatever is not later than now.
struct Gcra {
  std::int64_t full_at = 0;
};
struct RateView {
  std::uint64_t left;     ///< requests that may be made now
  Duration until_next{};  ///< until one more may be made; 0 when left > 0
  Duration until_full{};  ///< until `burst` may be made at one instant
};
RateView view(const Limit& limit, Gcra state, MonoTime now);
/// view().left > 0, without the division.
bool has_room(const Limit& limit, Gcra state, MonoTime now);
/// After one request; only when has_room().
Gcra taken(const Limit& limit, Gcra state, MonoTime now);
/// After a request was given back for which taken() had given `after`: what of its unit has not come back by
/// itself since. Exact when nobody has taken in between; else never more than if it had not come, so that
/// giving back admits nobody beyond `burst`.
Gcra given_back(const Limit& limit, Gcra state, Gcra after, MonoTime now);
/// The state that keeps how many units are used (at most the new burst) when the limit changes at `now`.
Gcra carried(const Limit& from, const Limit& to, Gcra state, MonoTime now);

/// The calendar window that holds a moment: [start, end). Windows of one period follow each other without a
/// gap. A day, week or month begins at the first moment whose local time is midnight of its first day or
/// later. An hour is one of the wall clock between two changes of it, so that a repeated hour is two windows
/// of an hour each.
struct Window {
  WallTime start;
  WallTime end;
};
Window quota_window(QuotaPeriod period, const Zone& zone, WallTime now);

}  // namespace reeve::policy
