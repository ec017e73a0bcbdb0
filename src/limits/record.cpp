// SPDX-License-Identifier: Apache-2.0
#include "limits/record.h"

#include <algorithm>

namespace reeve::limits {

namespace {

using policy::LimitKind;

constexpr std::int64_t kQuarter = 900;
constexpr unsigned kCountBits = 40;
constexpr Duration kAskAgain = std::chrono::seconds(1);  // when something open will end, nobody knows

std::uint64_t quota_state(WallTime window_end, std::uint64_t count) {
  const std::int64_t seconds =
      std::chrono::floor<std::chrono::seconds>(window_end).time_since_epoch().count();
  // Rounded up: a window lasts an hour at least, so none shares its number with another.
  const auto quarters = static_cast<std::uint64_t>((seconds + kQuarter - 1) / kQuarter) & 0xffffff;
  return quarters << kCountBits | count;
}
std::uint64_t count_of(std::uint64_t state) {
  return state & kQuotaMost;
}
std::uint64_t window_of(std::uint64_t state) {
  return state >> kCountBits;
}
/// Also when neither window of today nor the one behind it ends so late: the clock was wrong when it was
/// counted.
bool window_over(std::uint64_t state, WallTime now) {
  constexpr std::int64_t kLongest = 63 * 86'400;
  const auto end = static_cast<std::int64_t>(window_of(state)) * kQuarter;
  const std::int64_t at = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  return at >= end || end - at > kLongest;
}

policy::Gcra gcra(std::uint64_t state) {
  return {static_cast<std::int64_t>(state)};
}
std::uint64_t state_of(policy::Gcra gcra) {
  return static_cast<std::uint64_t>(gcra.full_at);
}

}  // namespace

bool same_rules(const policy::Zone& a, const policy::Zone& b) {
  return a.first_offset == b.first_offset &&
         std::ranges::equal(a.transitions, b.transitions, [](const auto& x, const auto& y) {
           return x.from == y.from && x.offset == y.offset;
         });
}

policy::Window Version::window(WallTime now) const {
  const auto at = [](std::uint64_t seconds) { return WallTime{std::chrono::seconds(seconds)}; };
  const std::uint64_t known = window_.load(std::memory_order_relaxed);
  const policy::Window last{at(known >> 32), at(known & 0xffffffff)};
  if (last.start <= now && now < last.end) return last;
  const policy::Window window = policy::quota_window(limit_.period, zone_, now);
  const std::int64_t start =
      std::chrono::floor<std::chrono::seconds>(window.start).time_since_epoch().count();
  const std::int64_t end = std::chrono::floor<std::chrono::seconds>(window.end).time_since_epoch().count();
  if (start >= 0 && end <= 0xffffffff)
    window_.store(static_cast<std::uint64_t>(start) << 32 | static_cast<std::uint64_t>(end),
                  std::memory_order_relaxed);
  return window;
}

View Version::view(std::uint64_t state, Now now) const {
  switch (limit_.kind) {
    case LimitKind::Rate: {
      const policy::RateView rate = policy::view(limit_, gcra(state), now.mono);
      return {rate.left, rate.until_next, rate.until_full};
    }
    case LimitKind::Quota: {
      const auto [end, count] = counting(state, now.wall);
      View view{.left = limit_.amount > count ? limit_.amount - count : 0, .until_full = end - now.wall};
      if (view.left == 0) view.until_next = view.until_full;
      return view;
    }
    case LimitKind::Concurrency:
      break;
  }
  if (state >= limit_.most) return {0, kAskAgain, {}};
  return {limit_.most - state, {}, {}};
}

// A window that has begun stays begun: for a reactor whose clock is read a moment earlier, and for all when
// the clock is set back a little. Else the one before would begin anew, and be used up twice. Further back
// than that the clock was wrong when it was counted.
Version::Counting Version::counting(std::uint64_t state, WallTime now) const {
  const WallTime end = window(now).end;
  const std::uint64_t counted = window_of(state);
  const std::uint64_t present = window_of(quota_state(end, 0));
  if (counted == present) return {end, count_of(state)};
  if (counted < present) return {end, 0};
  const WallTime next_end = policy::quota_window(limit_.period, zone_, end).end;
  if (counted != window_of(quota_state(next_end, 0))) return {end, 0};
  return {next_end, count_of(state)};
}

bool Version::has_room(std::uint64_t state, Now now) const {
  switch (limit_.kind) {
    case LimitKind::Rate:
      return policy::has_room(limit_, gcra(state), now.mono);
    case LimitKind::Quota:
      return counting(state, now.wall).count < limit_.amount;
    case LimitKind::Concurrency:
      break;
  }
  return state < limit_.most;
}

std::optional<std::uint64_t> Version::taken(std::uint64_t state, Now now) const {
  switch (limit_.kind) {
    case LimitKind::Rate:
      if (!policy::has_room(limit_, gcra(state), now.mono)) return std::nullopt;
      return state_of(policy::taken(limit_, gcra(state), now.mono));
    case LimitKind::Quota: {
      const auto [end, count] = counting(state, now.wall);
      if (count >= limit_.amount) return std::nullopt;
      return quota_state(end, std::min(count + 1, kQuotaMost));
    }
    case LimitKind::Concurrency:
      break;
  }
  if (state >= limit_.most) return std::nullopt;
  return state + 1;
}

std::uint64_t Version::mark(std::uint64_t state) const {
  return limit_.kind == LimitKind::Quota ? window_of(state) : state;
}

std::uint64_t Version::given_back(std::uint64_t state, std::uint64_t mark, Now now) const {
  switch (limit_.kind) {
    case LimitKind::Rate:
      return state_of(policy::given_back(limit_, gcra(state), gcra(mark), now.mono));
    case LimitKind::Quota:
      return window_of(state) == mark && count_of(state) > 0 ? state - 1 : state;
    case LimitKind::Concurrency:
      break;
  }
  return state > 0 ? state - 1 : 0;
}

std::uint64_t Version::carried(const Version& before, std::uint64_t state) const {
  switch (limit_.kind) {
    case LimitKind::Rate:
      return state_of(policy::carried(before.limit_, limit_, gcra(state), since_.mono));
    case LimitKind::Quota:
      if (count_of(state) == 0 || window_over(state, since_.wall)) return 0;
      return quota_state(window(since_.wall).end, count_of(state));
    case LimitKind::Concurrency:
      break;
  }
  return state;
}

bool Version::means_the_same(const policy::Limit& limit, const policy::Zone& zone) const {
  switch (limit_.kind) {
    case LimitKind::Rate:
      return limit_.interval == limit.interval && limit_.burst == limit.burst;
    case LimitKind::Quota:
      return origin_ == Origin::Configured && limit_.period == limit.period && same_rules(zone_, zone);
    case LimitKind::Concurrency:
      break;
  }
  return true;
}

bool Version::equals(const policy::Limit& limit, const policy::Zone& zone) const {
  return means_the_same(limit, zone) && limit_.amount == limit.amount && limit_.most == limit.most;
}

std::uint64_t Record::state_under(const Version& version, const Word& word) const {
  std::uint64_t state = word.state;
  // At most two steps: bind() carries all cells over, only one that was claimed during it can lag behind.
  for (unsigned number = tag::version(word.tag); number != version.number();) {
    const Version* before = by_number[number].load(std::memory_order_acquire);
    number = (number + 1) % tag::kPending;
    const Version* after = by_number[number].load(std::memory_order_acquire);
    if (before == nullptr || after == nullptr) return 0;
    state = after->carried(*before, state);
  }
  return state;
}

bool expired(const Word& word, Now now) {
  switch (tag::kind(word.tag)) {
    case LimitKind::Rate:
      return static_cast<std::int64_t>(word.state) <= now.mono.time_since_epoch().count();
    case LimitKind::Quota:
      return window_over(word.state, now.wall);
    case LimitKind::Concurrency:
      break;
  }
  return word.state == 0;
}

}  // namespace reeve::limits
