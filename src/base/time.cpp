// SPDX-License-Identifier: Apache-2.0
// How times are written.
#include "base/time.h"

#include <fmt/format.h>

#include <cstring>

namespace reeve {

namespace {

struct Civil {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<Duration> time;
  unsigned weekday;  // 0 = Sunday
};

Civil civil(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  return {std::chrono::year_month_day{day}, std::chrono::hh_mm_ss<Duration>{time - day},
          std::chrono::weekday{day}.c_encoding()};
}

}  // namespace

std::string to_rfc3339(WallTime time) {
  const Civil c = civil(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", int{c.date.year()},
                     unsigned{c.date.month()}, unsigned{c.date.day()}, c.time.hours().count(),
                     c.time.minutes().count(), c.time.seconds().count(), c.time.subseconds().count() / 1000);
}

std::string to_rfc3339_seconds(WallTime time) {
  const Civil c = civil(std::chrono::ceil<std::chrono::seconds>(time));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", int{c.date.year()}, unsigned{c.date.month()},
                     unsigned{c.date.day()}, c.time.hours().count(), c.time.minutes().count(),
                     c.time.seconds().count());
}

void write_http_date(WallTime time, char* out) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Civil c = civil(time);
  fmt::format_to_n(out, 29, "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[c.weekday],
                   unsigned{c.date.day()}, kMonths[unsigned{c.date.month()} - 1], int{c.date.year()},
                   c.time.hours().count(), c.time.minutes().count(), c.time.seconds().count());
}

}  // namespace reeve
