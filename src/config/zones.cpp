// SPDX-License-Identifier: Apache-2.0
#include "config/zones.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "config/finding.h"
#include "config/suggest.h"

namespace reeve::config {

namespace {

policy::Zone compiled(const date::time_zone& from, std::string_view name) {
  using std::chrono::seconds;
  const auto begin = date::sys_seconds(date::sys_days(date::year(1970) / 1 / 1));
  const auto end = date::sys_seconds(date::sys_days(date::year(2100) / 1 / 1));
  policy::Zone zone{.name = std::string(name), .first_offset = 0, .transitions = {}};
  date::sys_info info = from.get_info(begin);
  zone.first_offset = static_cast<std::int32_t>(info.offset.count());
  std::int32_t offset = zone.first_offset;
  while (info.end < end) {
    info = from.get_info(info.end);
    const auto next = static_cast<std::int32_t>(info.offset.count());
    if (next == offset) continue;  // only the name of the time changed
    zone.transitions.push_back({info.begin.time_since_epoch().count(), next});
    offset = next;
  }
  return zone;
}

}  // namespace

std::expected<policy::Zone, ZoneTrouble> load_zone(std::string_view name) {
  try {
    return compiled(*date::locate_zone(name), name);
  } catch (const std::runtime_error&) {
    // Unknown, or the whole data is missing: told apart below.
  }
  try {
    std::vector<std::string_view> names;
    for (const date::time_zone& zone : date::get_tzdb().zones) names.push_back(zone.name());
    return std::unexpected(
        ZoneTrouble{fmt::format("there is no time zone {}{}", quoted(name), did_you_mean(name, names)),
                    "write a name of the IANA data base such as Europe/Berlin, or UTC"});
  } catch (const std::runtime_error& problem) {
    return std::unexpected(ZoneTrouble{fmt::format("the time zone data cannot be read: {}", problem.what()),
                                       "install the package tzdata"});
  }
}

}  // namespace reeve::config
