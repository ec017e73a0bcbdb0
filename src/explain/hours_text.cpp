// SPDX-License-Identifier: Apache-2.0
// Opening hours in words, for refusals and explanations: days as runs of the week's ring, windows joined,
// each zone named once. Knows nothing of when it is now.
#include <fmt/format.h>

#include "explain/reasons.h"

namespace reeve::explain {

namespace {

/// Runs of days that follow each other, the week taken as a ring: "Friday to Monday".
std::string days_text(std::uint8_t days) {
  if ((days & 0x7f) == 0x7f) return "every day";
  const auto open = [&](unsigned day) { return (days >> (day % 7) & 1) != 0; };
  std::string text;
  for (unsigned day = 0; day < 7; ++day) {
    if (!open(day) || open(day + 6)) continue;
    unsigned last = day;
    while (open(last + 1)) ++last;
    if (!text.empty()) text += ", ";
    text += day_name(day);
    if (last != day) text.append(last == day + 1 ? " and " : " to ").append(day_name(last));
  }
  return text;
}

std::string minute_text(unsigned minute) {
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

}  // namespace

std::string_view day_name(unsigned day) {
  constexpr std::string_view kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};
  return kDays[day % std::size(kDays)];
}

std::string describe(const policy::LocalMinute& local, const policy::Zone& zone) {
  return fmt::format("{} {} in {}", day_name(local.weekday()), minute_text(local.minute), zone.name);
}

std::string describe(const std::vector<policy::HoursWindow>& hours, const std::vector<policy::Zone>& zones) {
  std::string text;
  for (std::size_t i = 0; i < hours.size(); ++i) {
    const policy::HoursWindow& window = hours[i];
    if (i > 0) text += "; ";
    text += days_text(window.days);
    if (window.from != 0 || window.to != 24 * 60)
      text.append(", ").append(minute_text(window.from)).append(" to ").append(minute_text(window.to));
    const bool last_of_zone = i + 1 == hours.size() || hours[i + 1].zone != window.zone;
    if (last_of_zone) text.append(" in ").append(zones[window.zone].name);
  }
  return text;
}

}  // namespace reeve::explain
