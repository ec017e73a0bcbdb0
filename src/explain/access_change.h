// SPDX-License-Identifier: Apache-2.0
// What becomes of one caller's access to one route when the configuration changes: over all client addresses
// and every minute of the time that is looked at. Addresses are cut where some list begins or ends, time
// where hours or keys do; each piece is judged once on either side. Exact and pure; not for hot paths.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "explain/access_classes.h"
#include "explain/request_space.h"

namespace reeve::explain {

/// One side of a change.
struct AccessSide {
  const policy::Snapshot* snapshot = nullptr;
  Routed routed;
  std::uint32_t caller = policy::kNone;  ///< kNone: anonymous, or nobody of that name is declared
  bool anonymous = false;
  const Authentication* authentication = nullptr;  ///< of the caller
};

/// The same before and after for all of these addresses and times.
struct AccessChange {
  std::optional<Code> before;  ///< none = allowed
  std::optional<Code> after;
  std::vector<IpNetwork> networks;   ///< as few as possible; empty with `anywhere`
  bool anywhere = false;             ///< every address, and those who have none
  bool without_address = false;      ///< also peers without an address (Unix sockets)
  Span time{};                       ///< from its first moment, the sample\'s, to behind its last
  bool whole_time = false;           ///< `time` is all that is looked at
  std::optional<IpAddress> address;  ///< of the sample: one of them
  bool operator==(const AccessChange&) const = default;
};

class AccessChanges {
 public:
  explicit AccessChanges(Span horizon) : horizon_(horizon) {}

  /// Only pieces where the two sides differ.
  std::vector<AccessChange> between(const AccessSide& before, const AccessSide& after);

 private:
  struct Piece {
    Span time;
    bool open_before, open_after;
  };
  const std::vector<Piece>& pieces(const AccessSide& before, const AccessSide& after);

  Span horizon_;
  std::map<std::string, std::vector<Piece>> pieces_;  ///< by both routes' hours
};

}  // namespace reeve::explain
