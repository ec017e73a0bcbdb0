// SPDX-License-Identifier: Apache-2.0
// What the counters of a request said when they were asked: the link between limits/, which keeps them, and
// those that conclude and explain. Pure data.
#pragma once

#include <cstdint>

#include "base/inline_vector.h"
#include "base/time.h"
#include "policy/decision.h"

namespace reeve::policy {

/// One limit's counter for this request's subject, after taking when it was taken.
struct Counter {
  std::uint32_t limit = kNone;  ///< index in Snapshot::limits
  bool exhausted = false;       ///< there was no room for this request
  bool would_refuse = false;    ///< exhausted, but of a dry run
  std::uint64_t left = 0;       ///< requests that may still be made now
  Duration wait{};              ///< until there is room again; 0 when there is; a second for concurrency
  Duration until_full{};  ///< rate: until `burst` may be made at one instant; quota: until its window ends
};

using Counters = InlineVector<Counter, 12>;

/// The decision with what the counters said: Pass or Fail instead of Depends.
void conclude(const Snapshot& snapshot, const Counters& counters, Decision& decision);

}  // namespace reeve::policy
