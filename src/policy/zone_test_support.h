// SPDX-License-Identifier: Apache-2.0
// Zones for tests, made by hand: Europe/Berlin around 2026, and some with odd changes, all at the end of
// March 2026. Nothing here reads the system's zone data.
#pragma once

#include <cstdint>

#include "policy/hours.h"

namespace reeve::policy {

inline WallTime utc_time(int year, unsigned month, unsigned day, int hour = 0, int minute = 0,
                         int second = 0) {
  using namespace std::chrono;
  return WallTime{sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}}} +
         hours(hour) + minutes(minute) + seconds(second);
}

inline Zone::Transition change_at(WallTime time, int offset_minutes) {
  return {std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(), offset_minutes * 60};
}

/// CET and CEST: the last Sundays of March and October, 01:00 UTC.
inline Zone berlin() {
  return {
      .name = "Europe/Berlin",
      .first_offset = 3600,
      .transitions = {change_at(utc_time(2025, 3, 30, 1), 120), change_at(utc_time(2025, 10, 26, 1), 60),
                      change_at(utc_time(2026, 3, 29, 1), 120), change_at(utc_time(2026, 10, 25, 1), 60),
                      change_at(utc_time(2027, 3, 28, 1), 120), change_at(utc_time(2027, 10, 31, 1), 60)}};
}
/// Back by half an hour at 02:00 local, as on Lord Howe Island; a change of the name alone before it.
inline Zone half_hour_zone() {
  return {.name = "half",
          .first_offset = 11 * 3600,
          .transitions = {change_at(utc_time(2026, 3, 28, 12, 20), 660),
                          change_at(utc_time(2026, 3, 28, 15), 630)}};
}
/// Back by an hour at one minute past midnight: the old day is seen again.
inline Zone over_midnight_zone() {
  return {.name = "back", .first_offset = 3600, .transitions = {change_at(utc_time(2026, 3, 28, 23, 1), 0)}};
}
/// On by an hour at midnight: the day begins at 01:00.
inline Zone no_midnight_zone() {
  return {.name = "skipped", .first_offset = 0, .transitions = {change_at(utc_time(2026, 3, 29), 60)}};
}

}  // namespace reeve::policy
