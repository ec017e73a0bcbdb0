// SPDX-License-Identifier: Apache-2.0
#include "sim/limit_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace reeve::sim {

namespace {

using Wide = __int128;

struct Rate {
  std::int64_t interval;
  std::uint64_t burst;
  bool operator==(const Rate&) const = default;
  Wide span() const { return Wide{interval} * static_cast<std::int64_t>(burst); }
};
Rate rate_of(const LimitNumbers& numbers, LimitName name) {
  if (name == LimitName::Steady) return {numbers.steady_interval.count(), numbers.steady_burst};
  return {numbers.moving_interval.count(), numbers.moving_burst};
}

Wide since_start(MonoTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

bool applies(LimitName name, Guard guard) {
  switch (name) {
    case LimitName::Steady:
      return guard == Guard::Keyed || guard == Guard::Either;
    case LimitName::Moving:
    case LimitName::Hourly:
      return guard == Guard::Roled;
    case LimitName::Parallel:
      break;
  }
  return guard == Guard::Keyed || guard == Guard::Roled;
}

void LimitCheck::bound(const LimitNumbers& numbers, MonoTime now) {
  bindings_.push_back({numbers, now});
}

std::size_t LimitCheck::begins(Guard guard, Holding holding, MonoTime mono, WallTime wall) {
  events_.push_back({guard, holding, mono, wall, bindings_.size() - 1, ++sequence_});
  return events_.size() - 1;
}

void LimitCheck::ended(std::size_t number, Came how, Code code) {
  Event& event = events_[number];
  event.over = ++sequence_;
  event.came = how;
  event.code = code;
}

// Each estimate is the time at which the counter would be idle (GCRA). The lower one knows only what was
// kept, and forgets all when the numbers change; the upper one counts whatever was admitted, and carries it
// over.
void LimitCheck::check_rate(const Events& events, LimitName name, const Broken& broken) const {
  Wide low = 0;
  Wide high = 0;
  std::size_t binding = 0;
  for (const Event* event : events) {
    for (; binding < event->binding; ++binding) {
      const Rate from = rate_of(bindings_[binding].numbers, name);
      const Rate to = rate_of(bindings_[binding + 1].numbers, name);
      if (from == to) continue;
      const Wide at = since_start(bindings_[binding + 1].at);
      if (high > at) high = at + std::min((high - at) * to.interval / from.interval + 1, to.span());
      low = 0;
    }
    const Rate rate = rate_of(bindings_[binding].numbers, name);
    const Wide now = since_start(event->mono);
    if (event->came == Came::Limited && event->code == Code::RateLimited &&
        high - now <= rate.span() - rate.interval)
      broken(false, fmt::format("rate-limited, but of {} there can be no more than {} used", rate.burst,
                                static_cast<std::int64_t>(std::max<Wide>(high - now, 0) / rate.interval)));
    if (event->came < Came::Returned) continue;
    high = std::max(high, now) + rate.interval;
    if (event->came != Came::Kept) continue;
    low = std::max(low, now) + rate.interval;
    if (low - now > rate.span())
      broken(true, fmt::format("a rate of {} each {} ns has admitted more", rate.burst, rate.interval));
  }
}

void LimitCheck::check_parallel(const Events& events, const Broken& broken) const {
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = *events[i];
    std::uint32_t kept = 0;
    std::uint32_t admitted = 0;
    for (std::size_t j = 0; j < i; ++j) {
      if (events[j]->over < event.begun) continue;
      kept += events[j]->came == Came::Kept;
      admitted += events[j]->came >= Came::Returned;
    }
    const std::uint32_t most = bindings_[event.binding].numbers.parallel;
    if (event.came == Came::Kept && kept >= most)
      broken(true, fmt::format("{} at once where {} may be", kept + 1, most));
    if (event.came == Came::Limited && event.code == Code::ConcurrencyLimited && admitted < most)
      broken(false, fmt::format("concurrency-limited with {} of {} open", admitted, most));
  }
}

// A window that has begun goes on for reactors whose clock is a little behind.
void LimitCheck::check_hourly(const Events& events, const Broken& broken) const {
  std::int64_t window = 0;
  std::uint64_t kept = 0;
  std::uint64_t admitted = 0;
  for (const Event* event : events) {
    const std::int64_t hour = std::chrono::floor<std::chrono::hours>(event->wall.time_since_epoch()).count();
    const std::uint64_t amount = bindings_[event->binding].numbers.hourly;
    const bool opens = hour > window;
    if (event->came == Came::Limited && event->code == Code::QuotaExhausted &&
        (opens ? 0 : admitted) < amount)
      broken(false, fmt::format("quota-exhausted with {} of {} used", opens ? 0 : admitted, amount));
    if (event->came < Came::Returned) continue;
    if (opens) {
      window = hour;
      kept = admitted = 0;
    }
    ++admitted;
    if (event->came == Came::Kept && ++kept > amount)
      broken(true, fmt::format("{} in an hour where {} may be", kept, amount));
  }
}

void LimitCheck::close(const Broken& broken) const {
  for (const std::string_view caller : {"reader", "plain"}) {
    const auto of = [&](LimitName name) {
      Events events;
      for (const Event& event : events_)
        if (caller_of(event.holding) == caller && applies(name, event.guard)) events.push_back(&event);
      return events;
    };
    check_rate(of(LimitName::Steady), LimitName::Steady, broken);
    check_rate(of(LimitName::Moving), LimitName::Moving, broken);
    check_parallel(of(LimitName::Parallel), broken);
    check_hourly(of(LimitName::Hourly), broken);
  }
}

}  // namespace reeve::sim
