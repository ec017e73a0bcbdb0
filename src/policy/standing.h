// SPDX-License-Identifier: Apache-2.0
// How a request's limits stood when they were asked: the link between limits/, which keeps the counters, and
// those that conclude and explain. Pure data.
#pragma once

#include <cstdint>

#include "base/inline_vector.h"
#include "base/time.h"
#include "policy/decision.h"

namespace reeve::policy {

/// One limit for this request's subject: for refusals, RateLimit fields and explanations.
struct Standing {
  std::uint32_t limit = kNone;  ///< index in Snapshot::limits
  bool exhausted = false;       ///< it had no room for this request
  bool dry_run = false;         ///< then it would have refused, but does not
  std::uint64_t left = 0;       ///< after this request, if it was taken
  Duration helps_in{};  ///< exhausted: until there is room for one (concurrency: 1 s, since nobody knows)
  Duration full_in{};   ///< rate: until `burst` may be made at once; quota: until its window ends; else 0
  /// Wall time at which waiting helps: of a quota the window's end, else now + helps_in (+ full_in when not
  /// exhausted).
  WallTime resets_at{};

  bool refuses() const { return exhausted && !dry_run; }
};

/// In the order of Decision::charges.
using Standings = InlineVector<Standing, 12>;

/// The decision with what the counters said: Pass or Fail instead of Depends.
void conclude(const Snapshot& snapshot, const Standings& standings, Decision& decision);

}  // namespace reeve::policy
