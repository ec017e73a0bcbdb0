// SPDX-License-Identifier: Apache-2.0
// What the sections on access refer to each other by: names and their places in the Snapshot's tables. Inside
// config only; filled and read by the compile_*.cpp files in the order of compile.h. Lives as long as the
// load.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "config/context.h"
#include "config/yaml/node.h"
#include "policy/snapshot.h"

namespace reeve::config {

using Index = std::unordered_map<std::string, std::uint32_t>;

struct AccessNames {
  Index networks;
  Index roles;
  Index organisations;
  Index teams;
  Index limits;
  Index zones;
  Index permissions;  ///< those that routes require
};

/// The entry that `name` refers to; else a finding. `what` is "a role" and the like.
std::optional<std::uint32_t> look_up(const Index& names, const yaml::Node& name, std::string_view what,
                                     Context& context);

/// `networks: { allow, deny }` of a route, of a caller, of all requests.
policy::NetworkRule compile_network_rule(const yaml::Node& rule, const AccessNames& names, Context& context,
                                         policy::Snapshot& snapshot);
/// A list of names of limits where they are applied.
std::vector<policy::LimitUse> compile_limit_uses(const yaml::Node& list, const AccessNames& names,
                                                 Context& context);
std::vector<policy::RoleUse> compile_role_uses(const yaml::Node& list, const AccessNames& names,
                                               Context& context);
std::vector<policy::HoursWindow> compile_hours(const yaml::Node& list, AccessNames& names, Context& context,
                                               policy::Snapshot& snapshot);
/// Index of the zone of that name, compiled at its first use; a finding and nothing when there is none.
std::optional<std::uint32_t> compile_zone(const yaml::Node& name, AccessNames& names, Context& context,
                                          policy::Snapshot& snapshot);
/// UTC where no zone is written.
std::uint32_t utc(AccessNames& names, policy::Snapshot& snapshot);

}  // namespace reeve::config
