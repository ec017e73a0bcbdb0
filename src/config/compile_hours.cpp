// SPDX-License-Identifier: Apache-2.0
// Opening hours: days, times of day, zones (rules, 2, Hours). Whether they are open at a moment is policy's
// question.
#include <array>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/access_names.h"
#include "config/suggest.h"
#include "config/values.h"
#include "config/zones.h"

namespace reeve::config {

namespace {

using yaml::Node;

/// A day or a range that may wrap, as bits from Monday.
std::optional<std::uint8_t> days_of(std::string_view text) {
  const auto day = [](std::string_view name) -> std::optional<unsigned> {
    for (unsigned i = 0; i < policy::kDayWords.size(); ++i)
      if (policy::kDayWords[i] == name) return i;
    return std::nullopt;
  };
  const std::size_t dash = text.find('-');
  const auto first = day(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : day(text.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  std::uint8_t bits = 0;
  for (unsigned i = *first;; i = (i + 1) % 7) {
    bits = static_cast<std::uint8_t>(bits | 1u << i);
    if (i == *last) return bits;
  }
}

void add_days(const Node& item, std::uint8_t& bits, Context& context) {
  if (item.bad) return;
  if (const auto days = days_of(item.text)) {
    bits = static_cast<std::uint8_t>(bits | *days);
    return;
  }
  context.findings.error(
      rule::kBadValue, item.at,
      fmt::format("{} is neither a day nor a range of days{}", quoted(item.text),
                  did_you_mean(item.text, policy::kDayWords)),
      "write mon, tue, wed, thu, fri, sat, sun, a range such as mon-fri, or a list of these");
}

/// `HH:MM`; 24:00 only as an end.
std::optional<std::uint16_t> minute_of(const Node& node, bool end, Context& context) {
  const std::string_view text = node.text;
  if (text.size() == 5 && text[2] == ':') {
    const auto hour = ascii::parse_decimal<std::uint16_t>(text.substr(0, 2));
    const auto minute = ascii::parse_decimal<std::uint16_t>(text.substr(3));
    if (hour && minute && *minute < 60 && (*hour < 24 || (end && *hour == 24 && *minute == 0)))
      return static_cast<std::uint16_t>(*hour * 60 + *minute);
  }
  context.findings.error(rule::kBadValue, node.at, fmt::format("{} is no time of day", quoted(text)),
                         end ? "write hours and minutes such as 18:00, at most 24:00"
                             : "write hours and minutes such as 08:00, at most 23:59");
  return std::nullopt;
}

}  // namespace

std::uint32_t utc(AccessNames& names, policy::Snapshot& snapshot) {
  const auto [found, fresh] = names.zones.emplace("UTC", static_cast<std::uint32_t>(snapshot.zones.size()));
  if (fresh) snapshot.zones.push_back({.name = "UTC", .first_offset = 0, .transitions = {}});
  return found->second;
}

std::optional<std::uint32_t> compile_zone(const Node& name, AccessNames& names, Context& context,
                                          policy::Snapshot& snapshot) {
  if (const auto found = names.zones.find(name.text); found != names.zones.end()) return found->second;
  auto zone = load_zone(name.text);
  if (!zone) {
    context.findings.error(rule::kUnknownName, name.at, zone.error().text, zone.error().fix);
    return std::nullopt;
  }
  const auto index = static_cast<std::uint32_t>(snapshot.zones.size());
  names.zones.emplace(name.text, index);
  snapshot.zones.push_back(std::move(*zone));
  return index;
}

std::vector<policy::HoursWindow> compile_hours(const Node& list, AccessNames& names, Context& context,
                                               policy::Snapshot& snapshot) {
  std::vector<policy::HoursWindow> hours;
  for (const Node& item : list.items) {
    if (item.bad) continue;
    policy::HoursWindow window;
    window.at = item.at;
    if (const Node* days = get(item, "days")) {
      window.days = 0;
      if (days->is_scalar()) add_days(*days, window.days, context);
      for (const Node& day : days->items) add_days(day, window.days, context);
    }
    if (const Node* from = get(item, "from")) window.from = minute_of(*from, false, context).value_or(0);
    if (const Node* to = get(item, "to")) {
      window.to = minute_of(*to, true, context).value_or(24 * 60);
      if (window.to == window.from)
        context.findings.error(rule::kBadValue, to->at, "the window ends at the minute at which it begins",
                               "write a later end; for the whole day leave `from` and `to` out");
    }
    const Node* zone = get(item, "zone");
    window.zone = zone == nullptr
                      ? utc(names, snapshot)
                      : compile_zone(*zone, names, context, snapshot).value_or(utc(names, snapshot));
    hours.push_back(window);
  }
  return hours;
}

}  // namespace reeve::config
