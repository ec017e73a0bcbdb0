// SPDX-License-Identifier: Apache-2.0
// What decides about access, of routes and of callers, under numbers that are equal where nothing differs:
// within a configuration and between two. A plan judges each pair of numbers once, however many routes and
// callers share it. Pure; not for hot paths.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/snapshot.h"

namespace reeve::explain {

/// From one moment on, to another.
struct Span {
  WallTime from{};
  WallTime to{};
  auto operator<=>(const Span&) const = default;
};

/// When a caller can authenticate, within the time that is looked at.
struct Authentication {
  std::uint32_t key = policy::kNone;  ///< its first; without any it counts as authenticated (rules, 6)
  std::vector<Span> spans;            ///< when some key is in force: sorted, apart

  bool at(WallTime time) const;
};
/// By caller, within that time.
std::vector<Authentication> authentications(const policy::Snapshot& snapshot, Span horizon);
/// Why that key is out of force then.
Code out_of_force(const policy::Snapshot& snapshot, std::uint32_t key, WallTime time);

class AccessClasses {
 public:
  /// One number a route of the snapshot: networks, credentials, hours, permissions, maintenance.
  std::vector<std::uint32_t> routes(const policy::Snapshot& snapshot);
  /// One number a caller: what its roles grant, its networks, when its keys are in force. Of permissions only
  /// those that `also` requires too, if it is given: then equal numbers mean equal access to routes that are
  /// equal in both.
  std::vector<std::uint32_t> callers(const policy::Snapshot& snapshot,
                                     const std::vector<Authentication>& keys, const policy::Snapshot* also);

 private:
  std::uint32_t number(std::string text);
  std::string rule_text(const policy::NetworkRule& rule, const std::vector<std::uint32_t>& lists);
  std::vector<std::uint32_t> lists(const policy::Snapshot& snapshot);

  std::map<std::string, std::uint32_t, std::less<>> numbers_;
};

}  // namespace reeve::explain
