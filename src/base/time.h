// SPDX-License-Identifier: Apache-2.0
// Time as values: the monotonic one for deadlines, the wall for people. Nothing here reads a clock: whoever
// needs the time is given it (rt::Clock).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace reeve {

using Duration = std::chrono::nanoseconds;

/// Monotonic time since an arbitrary start; never jumps. For timeouts and rates.
struct MonoClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonoClock, Duration>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonoClock::time_point;

/// Wall time, UTC, since 1970; may jump. For what people read, and for expiry.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// RFC 3339 in UTC with microseconds: `2026-11-24T10:00:00.123456Z`.
std::string to_rfc3339(WallTime time);
/// The same in whole seconds, the next one if there is a fraction: a moment from which something holds.
std::string to_rfc3339_seconds(WallTime time);

/// The IMF-fixdate of RFC 9110 5.6.7 into 29 bytes at `out`, whole seconds.
void write_http_date(WallTime time, char* out);

}  // namespace reeve
