// SPDX-License-Identifier: Apache-2.0
// One run from one seed: the data plane of two reactors, its clients, its upstreams, reloads in mid-traffic,
// and the checkers. First with faults, then without any, then drained to nothing. The same seed gives the
// same run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/ledger.h"
#include "sim/plants.h"

namespace reeve::sim {

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t requests = 1000;
  Plant plant = Plant::None;
  bool verbose = false;
};

struct Report {
  std::optional<Violation> violation;
  std::uint64_t hash = 0;
  std::uint64_t requests = 0;
  std::uint64_t connections = 0;    ///< of clients
  std::uint64_t whole_answers = 0;  ///< that arrived complete
  std::uint64_t generations = 0;
  std::uint64_t events = 0;
  Duration lasted{0};       ///< virtual
  std::string last_events;  ///< when there is a violation
};

Report simulate(const Options& options);

}  // namespace reeve::sim
