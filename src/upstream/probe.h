// SPDX-License-Identifier: Apache-2.0
// One active health check over a connection of its own: asks, reads the head of the answer, hangs up. Run by
// HealthChecker on the control reactor. Knows nothing of results before or after it.
#pragma once

#include <cstdint>
#include <string>

#include "policy/upstream.h"
#include "rt/cancellation.h"
#include "rt/deadline.h"
#include "rt/doors.h"
#include "rt/loop.h"
#include "upstream/dial.h"

namespace reeve::upstream {

struct ProbeResult {
  enum class Vote : std::uint8_t {
    Good,
    Bad,
    None,  ///< it was not the target that failed
  };
  Vote vote = Vote::None;
  std::string reason;
};

/// The request's bytes: GET of the check's path at the target's authority.
std::string probe_request(const policy::HealthCheck& check, const policy::Target& target);

/// Good = a 2xx or 3xx answer head before `deadline`.
rt::Task<ProbeResult> probe(rt::Loop& loop, rt::Dialer& dialer, DialTo to, std::string request,
                            rt::Deadline deadline, rt::Cancellation& cancellation);

}  // namespace reeve::upstream
