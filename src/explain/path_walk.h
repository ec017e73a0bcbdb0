// SPDX-License-Identifier: Apache-2.0
// Walks through all paths that a set of patterns can tell apart, one sample of each kind. The ground of
// request_space.h. Pure.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "policy/route.h"

namespace reeve::explain {

struct WalkedPattern {
  const policy::PathPattern* pattern;
  const policy::Route* route;
  bool before;  ///< of the first of two tables
  bool own;     ///< of the host itself, not of all hosts
};

/// A kind of paths: which patterns match it, a path of that kind, and how it is shown.
struct WalkedPath {
  std::vector<const WalkedPattern*> matched;  ///< not empty
  std::string sample;
  std::string shown;  ///< `/users/{}/files/{...}`
};

/// `own_only`: only kinds that some pattern of the host's own matches; the others are those of all hosts.
void walk_paths(std::span<const WalkedPattern> patterns, bool own_only,
                const std::function<void(const WalkedPath&)>& each);

}  // namespace reeve::explain
