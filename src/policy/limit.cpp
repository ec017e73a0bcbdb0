// SPDX-License-Identifier: Apache-2.0
// Products of durations are taken in 128 bits and cut, so that no configuration overflows.
#include "policy/limit.h"

#include <algorithm>

namespace reeve::policy {

namespace {

using Wide = __int128;

std::int64_t interval_of(const Limit& limit) {
  return std::clamp<std::int64_t>(limit.interval.count(), 1, kRateSpanMax.count());
}

/// Nanoseconds until the counter is idle.
std::int64_t debt(Gcra state, MonoTime now) {
  const std::int64_t at = now.time_since_epoch().count();
  return state.full_at > at ? state.full_at - at : 0;
}

std::int64_t floor_to(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  return value - (rest < 0 ? rest + unit : rest);
}

WallTime at_second(std::int64_t second) {
  return WallTime{std::chrono::seconds(second)};
}

Window hour_window(const Zone& zone, WallTime now) {
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::int64_t offset = zone.offset_at(second);
  std::int64_t start = floor_to(second + offset, 3600) - offset;
  std::int64_t end = start + 3600;
  // The wall clock is set in the middle of an hour in some zones: that hour ends, or begins, there.
  const auto sets = [&](auto change) { return zone.offset_at(change->from - 1) != change->offset; };
  const auto next = std::ranges::upper_bound(zone.transitions, second, {}, &Zone::Transition::from);
  for (auto change = next; change != zone.transitions.begin() && (change - 1)->from > start; --change)
    if (sets(change - 1)) start = (change - 1)->from;
  for (auto change = next; change != zone.transitions.end() && change->from < end; ++change)
    if (sets(change)) end = change->from;
  return {at_second(start), at_second(end)};
}

/// The local day on which the period that holds `day` begins, and that of the next one.
struct Days {
  std::int64_t first;
  std::int64_t next;
};
Days period_days(QuotaPeriod period, std::int64_t day) {
  using namespace std::chrono;
  switch (period) {
    case QuotaPeriod::Week: {
      const std::int64_t monday = day - LocalMinute{day, 0}.weekday();
      return {monday, monday + 7};
    }
    case QuotaPeriod::Month: {
      const year_month_day date{sys_days{days{day}}};
      const year_month month = date.year() / date.month();
      const auto first = [](year_month m) {
        return std::int64_t{sys_days{m / 1}.time_since_epoch().count()};
      };
      return {first(month), first(month + months{1})};
    }
    case QuotaPeriod::Hour:
    case QuotaPeriod::Day:
      break;
  }
  return {day, day + 1};
}

}  // namespace

Duration rate_span(const Limit& limit) {
  const auto burst = static_cast<Wide>(limit.burst);
  return Duration{
      static_cast<std::int64_t>(std::min<Wide>(interval_of(limit) * burst, kRateSpanMax.count()))};
}

RateView view(const Limit& limit, Gcra state, MonoTime now) {
  const std::int64_t interval = interval_of(limit);
  const std::int64_t span = rate_span(limit).count();
  const std::int64_t used = std::min(debt(state, now), span);
  RateView view{.left = static_cast<std::uint64_t>((span - used) / interval), .until_full = Duration{used}};
  if (view.left == 0) view.until_next = Duration{used + interval - span};
  return view;
}

bool has_room(const Limit& limit, Gcra state, MonoTime now) {
  return debt(state, now) <= rate_span(limit).count() - interval_of(limit);
}

Gcra taken(const Limit& limit, Gcra state, MonoTime now) {
  return {std::max(state.full_at, now.time_since_epoch().count()) + interval_of(limit)};
}

Gcra given_back(const Limit& limit, Gcra state, Gcra after, MonoTime now) {
  // Until `after` the counter has not been idle, so the state is ahead of the one without that request by its
  // unit, or, where that one would have been idle before somebody else came, by what is missing until
  // `after`.
  return {std::max<std::int64_t>(state.full_at - std::min(interval_of(limit), debt(after, now)), 0)};
}

Gcra carried(const Limit& from, const Limit& to, Gcra state, MonoTime now) {
  const std::int64_t used = debt(state, now);
  if (used == 0) return {};
  const Wide scaled = static_cast<Wide>(used) * interval_of(to) / interval_of(from);
  const auto kept = static_cast<std::int64_t>(std::min<Wide>(scaled, rate_span(to).count()));
  return {now.time_since_epoch().count() + kept};
}

Window quota_window(QuotaPeriod period, const Zone& zone, WallTime now) {
  if (period == QuotaPeriod::Hour) return hour_window(zone, now);
  Days days = period_days(period, local_minute(zone, now).day);
  Window window{from_local(zone, days.first, 0), from_local(zone, days.next, 0)};
  // Where clocks are set back over midnight, the old day is seen again while the new one has begun.
  while (window.end <= now) {
    days = period_days(period, days.next);
    window = {window.end, from_local(zone, days.next, 0)};
  }
  return window;
}

}  // namespace reeve::policy
