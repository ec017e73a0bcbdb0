// SPDX-License-Identifier: Apache-2.0
// The eighteen checks of a decision as an explanation shows them (contract, 5): what each saw, what it wanted
// and which line of the configuration it comes from. For operators: names and places are shown. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explain/nearest_routes.h"
#include "explain/reasons.h"

namespace reeve::explain {

struct CheckView {
  Check check;
  policy::CheckResult result;
  std::optional<Code> code = {};  ///< when it failed
  std::string saw = {};
  std::string wanted = {};
  std::string at = {};          ///< `file:line:column`; empty = none
  std::string_view limit = {};  ///< of counters
  std::optional<std::uint64_t> left = {};
  std::optional<WallTime> resets_at = {};
  std::string defined = {};             ///< of the limit, where `at` is where it is applied
  std::vector<NearRoute> nearest = {};  ///< of `route-not-found`
};

/// In order; a check of counters has one entry a limit.
std::vector<CheckView> check_views(const Refused& of);

/// pass, fail, …
std::string_view name(policy::CheckResult result);

}  // namespace reeve::explain
