// SPDX-License-Identifier: Apache-2.0
// Local time is piecewise UTC plus a constant: everything here goes from one piece to the next.
#include "policy/hours.h"

#include <algorithm>
#include <limits>

namespace reeve::policy {

namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kDay = 86'400;
// No zone is or was further from UTC.
constexpr std::int64_t kOffsetMost = 26 * 3600;

std::int64_t floor_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

LocalMinute minute_of(std::int64_t local_seconds) {
  const std::int64_t day = floor_div(local_seconds, kDay);
  return {day, static_cast<std::uint32_t>((local_seconds - day * kDay) / kMinute)};
}

/// A stretch of time with one offset: [from, to) in UTC.
struct Piece {
  std::int64_t from;
  std::int64_t to;
  std::int32_t offset;
};

/// Calls `each(piece)` from the piece that holds `second` on, until it returns false or there are no more.
template <class Each>
void pieces_from(const Zone& zone, std::int64_t second, Each&& each) {
  auto next = std::ranges::upper_bound(zone.transitions, second, {}, &Zone::Transition::from);
  const bool first = next == zone.transitions.begin();
  Piece piece{.from = first ? std::numeric_limits<std::int64_t>::min() : (next - 1)->from,
              .to = 0,
              .offset = first ? zone.first_offset : (next - 1)->offset};
  for (;; ++next) {
    const bool last = next == zone.transitions.end();
    piece.to = last ? std::numeric_limits<std::int64_t>::max() : next->from;
    if (!each(piece) || last) return;
    piece = {.from = next->from, .to = 0, .offset = next->offset};
  }
}

/// The first local second from `local` on at which the window is open, if the wall clock runs evenly; a
/// window that opens at all does so within eight days.
std::optional<std::int64_t> first_open(const HoursWindow& window, std::int64_t local) {
  const LocalMinute minute = minute_of(local);
  if (window.open(minute)) return local;
  for (std::int64_t day = minute.day; day <= minute.day + 8; ++day) {
    const std::int64_t start = day * kDay + window.from * kMinute;
    if (start > local && window.open(minute_of(start))) return start;
  }
  return std::nullopt;
}

}  // namespace

std::int32_t Zone::offset_at(std::int64_t utc_seconds) const {
  const auto next = std::ranges::upper_bound(transitions, utc_seconds, {}, &Transition::from);
  return next == transitions.begin() ? first_offset : (next - 1)->offset;
}

LocalMinute local_minute(const Zone& zone, WallTime time) {
  const std::int64_t second = floor_seconds(time);
  return minute_of(second + zone.offset_at(second));
}

WallTime from_local(const Zone& zone, std::int64_t day, std::uint32_t minute) {
  const std::int64_t local = day * kDay + std::int64_t{minute} * kMinute;
  std::int64_t found = local;
  pieces_from(zone, local - kOffsetMost, [&](const Piece& piece) {
    found = std::max(local - piece.offset, piece.from);
    return found >= piece.to;
  });
  return WallTime{std::chrono::seconds(found)};
}

bool HoursWindow::open(const LocalMinute& local) const {
  const auto starts_on = [&](std::uint32_t weekday) { return (days >> weekday & 1) != 0; };
  const std::uint32_t today = local.weekday();
  if (from < to) return starts_on(today) && local.minute >= from && local.minute < to;
  return (starts_on(today) && local.minute >= from) || (starts_on((today + 6) % 7) && local.minute < to);
}

bool open_at(const std::vector<HoursWindow>& hours, const std::vector<Zone>& zones, WallTime time) {
  if (hours.empty()) return true;
  return std::ranges::any_of(
      hours, [&](const HoursWindow& window) { return window.open(local_minute(zones[window.zone], time)); });
}

std::optional<WallTime> next_open(const std::vector<HoursWindow>& hours, const std::vector<Zone>& zones,
                                  WallTime time) {
  if (open_at(hours, zones, time)) return time;
  const std::int64_t now = floor_seconds(time);
  std::int64_t best = now + 366 * kDay + 1;
  for (const HoursWindow& window : hours) {
    pieces_from(zones[window.zone], now, [&](const Piece& piece) {
      const std::int64_t from = std::max(piece.from, now);
      if (from >= best) return false;
      // In each piece: either it is open as the piece begins (the clock jumped into the window), or from one
      // of its starts on.
      const auto local = first_open(window, from + piece.offset);
      if (!local) return false;
      const std::int64_t opens = *local - piece.offset;
      if (opens >= piece.to) return true;
      best = std::min(best, opens);
      return false;
    });
  }
  const WallTime found{std::chrono::seconds(best)};
  if (found > time + std::chrono::days(366)) return std::nullopt;
  return found;
}

}  // namespace reeve::policy
