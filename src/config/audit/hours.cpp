// SPDX-License-Identifier: Apache-2.0
// The rules on opening hours: windows that the change to summer time swallows, and windows whose zone nobody
// has chosen.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "config/audit/subject.h"

namespace reeve::config::audit {

namespace {

constexpr std::int64_t kAhead = 366LL * 24 * 3600;
constexpr std::int64_t kMinutesADay = 24 * 60;

/// Local minutes that a zone's clock leaves out.
struct Gap {
  std::int64_t day;    ///< local, since 1970-01-01
  std::int64_t first;  ///< minute of that day
  std::int64_t last;   ///< exclusive
};

std::vector<Gap> gaps_of(const policy::Zone& zone, std::int64_t now) {
  std::vector<Gap> gaps;
  auto next = std::ranges::upper_bound(zone.transitions, now, {}, &policy::Zone::Transition::from);
  for (; next != zone.transitions.end() && next->from < now + kAhead; ++next) {
    const std::int32_t before =
        next == zone.transitions.begin() ? zone.first_offset : std::prev(next)->offset;
    if (next->offset <= before) continue;
    const std::int64_t from = (next->from + before) / 60;
    const std::int64_t to = (next->from + next->offset) / 60;
    gaps.push_back({from / kMinutesADay, from % kMinutesADay, from % kMinutesADay + to - from});
  }
  return gaps;
}

std::string clock(std::int64_t minute) {
  return fmt::format("{:02}:{:02}", minute / 60 % 24, minute % 60);
}

std::string date(std::int64_t day) {
  return to_rfc3339(WallTime(std::chrono::hours(24 * day))).substr(0, 10);
}

class Hours {
 public:
  explicit Hours(const Subject& subject) : subject_(subject) {}

  void judge(std::size_t index) {
    const policy::Route& route = subject_.snapshot.routes[index];
    const yaml::Node* written = subject_.setting(index, "hours");
    if (written == nullptr) return;
    for (std::size_t i = 0; i < route.hours.size(); ++i) {
      skipped(route.hours[i]);
      if (written->items[i].find("zone") == nullptr) without_zone(route.hours[i]);
    }
  }

 private:
  void skipped(const policy::HoursWindow& window) {
    // A whole day or one that runs past midnight is longer than any gap.
    if (window.to <= window.from) return;
    const auto [gaps, fresh] = gaps_.emplace(window.zone, std::vector<Gap>());
    const policy::Zone& zone = subject_.snapshot.zones[window.zone];
    if (fresh)
      gaps->second = gaps_of(
          zone, std::chrono::duration_cast<std::chrono::seconds>(subject_.now.time_since_epoch()).count());
    for (const Gap& gap : gaps->second) {
      const policy::LocalMinute local{gap.day, 0};
      if ((window.days >> local.weekday() & 1) == 0 || window.from < gap.first || window.to > gap.last)
        continue;
      subject_.teller.tell(
          kHoursSkipped, window.at,
          fmt::format("on {} the clock in {} goes from {} to {}: this window does not open on that day",
                      date(gap.day), zone.name, clock(gap.first), clock(gap.last)),
          "let it begin earlier or end later than the skipped hour, or write `zone: UTC`");
      return;
    }
  }

  void without_zone(const policy::HoursWindow& window) {
    subject_.teller.tell(
        kHoursWithoutZone, window.at,
        window.to < window.from ? "this window has no zone, so it is UTC, and it runs past midnight: "
                                  "elsewhere it may end or begin "
                                  "on another day than it seems"
                                : "this window has no zone, so it is UTC: where the clock says otherwise it "
                                  "opens at another hour",
        "add `zone: Europe/Berlin` or wherever its readers are; `zone: UTC` if that is meant");
  }

  const Subject& subject_;
  std::map<std::uint32_t, std::vector<Gap>> gaps_;  ///< by zone
};

}  // namespace

void audit_hours(const Subject& subject) {
  Hours hours(subject);
  for (std::size_t i = 0; i < subject.snapshot.routes.size(); ++i)
    if (!subject.snapshot.routes[i].hours.empty()) hours.judge(i);
}

}  // namespace reeve::config::audit
