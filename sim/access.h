// SPDX-License-Identifier: Apache-2.0
// Who may use which simulated route, generation by generation, in words: what the configuration is compiled
// from and what the checkers judge by. And the keys that simulated clients hold, good ones and others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "sim/swarm.h"

namespace reeve::sim {

/// What a client sends for a credential on a route that looks for one.
enum class Holding : std::uint8_t {
  Nothing,
  Reader,    ///< a good key of a caller that may read
  Plain,     ///< a good key of a caller without any role
  Moving,    ///< a reader's key that some generations have revoked
  Revoked,   ///< in all of them
  Unknown,   ///< nobody's
  Mistyped,  ///< no key
  kCount,
};
/// As it is sent; "" for Nothing. The same in every run.
const std::string& key_text(Holding holding);
/// Whose it is, if it is somebody's.
std::string_view caller_of(Holding holding);

/// How one route is guarded.
enum class Guard : std::uint8_t {
  Open,    ///< none
  Keyed,   ///< key; networks; the limits on refusals
  Roled,   ///< key and a permission; hours
  Either,  ///< key or none
};

/// The limits' numbers of one generation.
struct LimitNumbers {
  Duration steady_interval{};  ///< these two are the same in all generations
  std::uint64_t steady_burst = 1;
  Duration moving_interval{};
  std::uint64_t moving_burst = 1;
  std::uint32_t parallel = 1;
  std::uint64_t hourly = 1;
  Duration knocking_interval{};
  std::uint64_t knocking_burst = 1;
};

struct Access {
  bool moving_revoked = false;
  /// Keyed routes: addresses of connections whose number has this in bits 6 and 7 are kept out.
  std::optional<std::uint8_t> denied;
  /// Roled routes: the minute of the day from which they are closed.
  std::optional<std::uint16_t> closed_from;
  LimitNumbers limits;

  /// The code by which the pure checks refuse, if they do; a body's length and `on: refused` aside.
  std::optional<Code> refuses(Guard guard, Holding holding, std::uint64_t connection, WallTime now) const;
};
Access access_of(const Swarm& swarm, std::uint64_t generation);

}  // namespace reeve::sim
