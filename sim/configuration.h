// SPDX-License-Identifier: Apache-2.0
// The configurations of a run: one swarm-drawn frame (timeouts, retries, balance, limits) and, in every
// generation, header edits that name it, other targets and some other settings. As plain data; the loader has
// its own tests.
#pragma once

#include <memory>

#include "policy/snapshot.h"
#include "server/connections.h"
#include "sim/access.h"
#include "sim/swarm.h"

namespace reeve::sim {

/// Where upstreams can be: `10.100.<upstream>.<target>:80` by address, and pools of names.
inline constexpr unsigned kUpstreams = 3;
inline constexpr unsigned kTargets = 4;

/// What clients may ask for: `/<route>/<id>`.
struct RouteUse {
  const char* name;
  bool forwards;
  bool websocket = false;
  std::uint64_t body_max = UINT64_MAX;
  Guard guard = Guard::Open;
};
inline constexpr std::uint64_t kSmallBody = 900;
inline constexpr RouteUse kRoutes[] = {
    {"plain", true},
    {"retried", true},
    {"hashed", true},
    {"spread", true},
    {"ws", true, true},
    {"small", true, false, kSmallBody},
    {"own", false},
    {"moved", false},
    {"keyed", true, false, UINT64_MAX, Guard::Keyed},
    {"roled", true, false, kSmallBody, Guard::Roled},
    {"either", true, false, UINT64_MAX, Guard::Either},
};

std::shared_ptr<policy::Snapshot> make_snapshot(const Swarm& swarm, std::uint64_t generation,
                                                const Access& access);
server::Settings settings_of(const policy::Snapshot& snapshot);

}  // namespace reeve::sim
