// SPDX-License-Identifier: Apache-2.0
// Whether some address passes several `networks:` rules at once: exact, by trying every address at which the
// answer can change. Used by the rules on networks and on what callers reach.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policy/address_set.h"

namespace reeve::config::audit {

using NetworkRules = std::span<const policy::NetworkRule* const>;
using NetworkLists = std::vector<policy::NetworkList>;

/// Whether some address passes all of them; true as well when `tries_left` has come down to 0, so that an
/// audit of huge lists ends in time and tells nothing that it does not know.
bool some_address_passes(const NetworkLists& lists, NetworkRules rules, std::size_t& tries_left);

/// The same for rules that are written alike: they refer to the same lists.
std::string shape(const policy::NetworkRule& rule);

}  // namespace reeve::config::audit
