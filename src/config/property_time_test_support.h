// SPDX-License-Identifier: Apache-2.0
// Calendar and time zones counted out by hand, for the simple evaluator: day by day, with the rules of five
// zones as people know them. Shares nothing with policy/hours.h and reads no zone data. Tests only.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace reeve::config::simple {

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;

struct Civil {
  int year = 1970, month = 1, day = 1;
  int hour = 0, minute = 0, second = 0;
  int weekday = 0;  ///< 0 = Monday
  bool operator==(const Civil&) const = default;
};

constexpr int days_in(int year, int month) {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}
constexpr int days_in(int year) {
  return days_in(year, 2) == 29 ? 366 : 365;
}

/// Seconds since 1970 on a clock that never changes; for years from 2024 on.
constexpr std::int64_t seconds_at(int year, int month, int day, int hour = 0, int minute = 0) {
  std::int64_t days = day - 1 + 19723;  // from 1970 to 2024
  for (int y = 2024; y < year; ++y) days += days_in(y);
  for (int m = 1; m < month; ++m) days += days_in(year, m);
  return days * kDay + hour * kHour + minute * 60;
}
/// For times behind 1 January 2024.
constexpr Civil civil(std::int64_t seconds) {
  Civil c{.year = 2024};
  std::int64_t days = seconds / kDay - seconds_at(2024, 1, 1) / kDay;
  const std::int64_t rest = seconds % kDay;
  c.hour = static_cast<int>(rest / kHour);
  c.minute = static_cast<int>(rest % kHour / 60);
  c.second = static_cast<int>(rest % 60);
  c.weekday = static_cast<int>((seconds / kDay + 3) % 7);  // 1 January 1970 was a Thursday
  for (; days >= days_in(c.year); ++c.year) days -= days_in(c.year);
  for (; days >= days_in(c.year, c.month); ++c.month) days -= days_in(c.year, c.month);
  c.day = static_cast<int>(days) + 1;
  return c;
}

/// The n-th Sunday of a month, counted from its end when negative.
constexpr int sunday(int year, int month, int n) {
  int found = 0;
  for (int day = 1, seen = 0; day <= days_in(year, month); ++day)
    if (civil(seconds_at(year, month, day)).weekday == 6 && (++seen == n || n < 0)) found = day;
  return found;
}

/// Seconds that the zone is ahead of UTC.
inline std::int64_t offset(std::string_view zone, std::int64_t utc) {
  const int year = civil(utc).year;
  const auto between = [&](std::int64_t from, std::int64_t to) { return utc >= from && utc < to; };
  if (zone == "Europe/Berlin") {
    const bool summer =
        between(seconds_at(year, 3, sunday(year, 3, -1), 1), seconds_at(year, 10, sunday(year, 10, -1), 1));
    return summer ? 2 * kHour : kHour;
  }
  if (zone == "America/New_York") {  // 02:00 of the time that was before
    const bool summer =
        between(seconds_at(year, 3, sunday(year, 3, 2), 7), seconds_at(year, 11, sunday(year, 11, 1), 6));
    return (summer ? -4 : -5) * kHour;
  }
  if (zone == "Australia/Lord_Howe") {  // half an hour, in the southern summer
    const bool winter = between(seconds_at(year, 4, sunday(year, 4, 1)) - 9 * kHour,
                                seconds_at(year, 10, sunday(year, 10, 1)) - 8 * kHour - kHour / 2);
    return winter ? 10 * kHour + kHour / 2 : 11 * kHour;
  }
  if (zone == "Asia/Kolkata") return 5 * kHour + kHour / 2;
  return 0;
}

inline Civil local(std::string_view zone, std::int64_t utc) {
  return civil(utc + offset(zone, utc));
}

/// RFC 3339: a date alone at midnight, odd seconds in a zone that is not UTC.
inline std::string time_text(std::int64_t utc) {
  const Civil c = civil(utc);
  if (utc % kDay == 0) return fmt::format("{:04}-{:02}-{:02}", c.year, c.month, c.day);
  if (utc % 2 != 0) {
    const Civil east = civil(utc + 5 * kHour + kHour / 2);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+05:30", east.year, east.month, east.day,
                       east.hour, east.minute, east.second);
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute,
                     c.second);
}

/// The calendar window that a moment lies in, by name: equal for all moments of it, and for no others.
inline std::string window_name(std::string_view period, std::string_view zone, std::int64_t utc) {
  const Civil c = local(zone, utc);
  if (period == "month") return fmt::format("{:04}-{:02}", c.year, c.month);
  if (period == "day") return fmt::format("{:04}-{:02}-{:02}", c.year, c.month, c.day);
  if (period == "hour")
    return fmt::format("{:04}-{:02}-{:02} {:02} {}", c.year, c.month, c.day, c.hour, offset(zone, utc));
  const Civil monday = civil(utc + offset(zone, utc) - c.weekday * kDay);
  return fmt::format("week of {:04}-{:02}-{:02}", monday.year, monday.month, monday.day);
}

}  // namespace reeve::config::simple
