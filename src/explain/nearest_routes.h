// SPDX-License-Identifier: Apache-2.0
// The routes that a request which found none came closest to, and what each would have wanted (contract, 4.3;
// rules, 5, `nearest`). Operators alone may see it. Looks at every route: rare, never on a request's way.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "http/message.h"
#include "policy/snapshot.h"

namespace reeve::explain {

struct NearRoute {
  std::string route;
  std::string at;       ///< `file:line:column` of its first key
  std::string differs;  ///< "path: wants /posts, got /post; method: wants POST, got GET"
};

/// At most three, nearest first, then in the order of the file. Routes with `enabled: false` are among them.
std::vector<NearRoute> nearest_routes(const policy::Snapshot& snapshot, const http::RequestHead& head);

}  // namespace reeve::explain
