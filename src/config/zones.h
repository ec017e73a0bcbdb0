// SPDX-License-Identifier: Apache-2.0
// The system's time zone data (tzdata, read by the date library) as policy::Zone. The one place where a load
// reads something that is neither the configuration nor named by it; the data changes with the system's
// packages only.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "policy/hours.h"

namespace reeve::config {

struct ZoneTrouble {
  std::string text;
  std::string fix;
};

/// The zone's offsets from 1970 to 2100. The error says what is near, or that the data is missing.
std::expected<policy::Zone, ZoneTrouble> load_zone(std::string_view name);

}  // namespace reeve::config
