// SPDX-License-Identifier: Apache-2.0
// The policy's own tests (contract, 2, `expect`): each names a caller, a request and what shall become of it.
// Run whenever a configuration is loaded; the same decide() answers. Pure.
#pragma once

#include <string>
#include <vector>

#include "policy/snapshot.h"

namespace reeve::policy {

struct Unmet {
  const Expectation* expectation;
  std::string text;  ///< what was expected and what happened
};

/// Those that do not hold. Counters have no say.
std::vector<Unmet> unmet_expectations(const Snapshot& snapshot);

}  // namespace reeve::policy
