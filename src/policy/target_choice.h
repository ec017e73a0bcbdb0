// SPDX-License-Identifier: Apache-2.0
// Which target of an upstream the next attempt goes to (contract, 2, `balance`), from a view of their health
// that upstream/ keeps. The only state is the turn of round robin, which its caller owns. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "policy/upstream.h"

namespace reeve::policy {

/// One target as upstream/ sees it now; in the order of Upstream::targets.
struct TargetState {
  bool available = true;  ///< resolved, and healthy by its active check if it has one
  bool ejected = false;   ///< by its failures; still used when every available target is ejected
  std::uint32_t in_flight = 0;
};

/// Whose turn it is; one for each upstream and owner (a reactor). Empty at first.
struct RoundRobinState {
  std::vector<std::int64_t> current;
};

/// The next target's index; none when no available one is left. `tried` are indexes that this request must
/// not take again. `hash_key` is used by Balance::Hash only.
std::optional<std::uint32_t> choose(const Upstream& upstream, std::span<const TargetState> states,
                                    RoundRobinState& turn, std::uint64_t hash_key,
                                    std::span<const std::uint32_t> tried = {});

/// The key of Balance::Hash for a header's value (or whatever stands in for a missing one).
std::uint64_t hash_key(std::string_view value);

/// Whether one more target may be ejected: never the last usable one, never more than the share allows (of
/// two or more targets always at least one).
bool may_eject(const Ejection& ejection, std::span<const TargetState> states, std::uint32_t target);

}  // namespace reeve::policy
