// SPDX-License-Identifier: Apache-2.0
// When a route is open (contract, 2, Hours), and the time zones that hours and quotas are counted in,
// compiled by config from the system's zone data. Pure arithmetic on wall time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_pos.h"
#include "base/time.h"

namespace reeve::policy {

/// A zone's offsets from UTC over the years that config compiled; before the first and behind the last
/// transition the nearest offset holds.
struct Zone {
  struct Transition {
    std::int64_t from;    ///< seconds since the epoch, UTC; ascending
    std::int32_t offset;  ///< seconds east of UTC from then on
  };
  std::string name;               ///< IANA
  std::int32_t first_offset = 0;  ///< before the first transition
  std::vector<Transition> transitions;

  std::int32_t offset_at(std::int64_t utc_seconds) const;
};

/// A moment on a zone's wall clock.
struct LocalMinute {
  std::int64_t day;      ///< days since 1970-01-01, local
  std::uint32_t minute;  ///< of that day, 0 to 1439
  /// 0 = Monday.
  std::uint32_t weekday() const { return static_cast<std::uint32_t>(((day + 3) % 7 + 7) % 7); }
};
LocalMinute local_minute(const Zone& zone, WallTime time);
/// The first moment whose local time is that or later; of two (a repeated hour) the earlier.
WallTime from_local(const Zone& zone, std::int64_t day, std::uint32_t minute);

/// As configurations write them, Monday first.
inline constexpr std::array<std::string_view, 7> kDayWords{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/// One entry of `hours:`.
struct HoursWindow {
  std::uint8_t days = 0x7f;    ///< bit 0 = Monday; the day on which the window starts
  std::uint16_t from = 0;      ///< minute of the day
  std::uint16_t to = 24 * 60;  ///< exclusive; less than `from`: ends on the next day
  std::uint32_t zone = 0;      ///< index in Snapshot::zones
  SourcePos at;

  bool open(const LocalMinute& local) const;
};

/// Whether any window is open. No windows = always.
bool open_at(const std::vector<HoursWindow>& hours, const std::vector<Zone>& zones, WallTime time);
/// The next moment from `time` on at which it is open, within 366 days; `time` itself if it is.
std::optional<WallTime> next_open(const std::vector<HoursWindow>& hours, const std::vector<Zone>& zones,
                                  WallTime time);

}  // namespace reeve::policy
