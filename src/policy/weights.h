// SPDX-License-Identifier: Apache-2.0
// Which of a route's weighted upstreams a request goes to, and which timeouts then hold. Asked once a
// request, when its route is known. Pure: the random number comes from the Random door.
#pragma once

#include <cstdint>

#include "policy/route.h"
#include "policy/upstream.h"

namespace reeve::policy {

/// Index in Snapshot::upstreams; each share is met in proportion to its weight. `random` is uniform over 64
/// bits.
std::uint32_t choose_share(const ToUpstream& shares, std::uint64_t random);

struct EffectiveTimeouts {
  Duration response;              ///< to the first byte of the head
  Duration idle;                  ///< between body bytes
  std::optional<Duration> total;  ///< none = no bound
};
/// Route over upstream over `defaults` over 30 s, 60 s and none (rules, 2).
EffectiveTimeouts effective_timeouts(const Route& route, const Upstream& upstream);

}  // namespace reeve::policy
