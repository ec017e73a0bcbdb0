// SPDX-License-Identifier: Apache-2.0
// Why a request was refused, for its own client (contract, 4.1 and 4.4): every failing check that this reader
// may see, in check order, each with what to do. Made from the same Decision that refused. Pure.
#pragma once

#include <string>
#include <vector>

#include "explain/problem.h"
#include "policy/decision.h"
#include "policy/standing.h"

namespace reeve::explain {

struct Refused {
  const policy::Snapshot& snapshot;
  const policy::Facts& facts;
  const policy::Decision& decision;
  const policy::Standings& standings;
  /// Static text of the step that saw what is wrong with the request itself; may be empty.
  std::string_view context = {};
};

/// Empty when nothing failed. Where the configuration discloses nothing it is its user's to show none. Views in
/// it live as long as the snapshot.
std::vector<Reason> reasons(const Refused& refused);

/// What a `Retry-After` should say: the longest wait of the exhausted limits, none when no waiting helps
/// within 60 seconds (contract, 4.3).
std::optional<Duration> retry_after(const policy::Standings& standings);

/// 0 = Monday.
std::string_view day_name(unsigned day);
/// "Saturday 19:40 in Europe/Berlin".
std::string describe(const policy::LocalMinute& local, const policy::Zone& zone);
/// "Monday to Friday, 08:00 to 18:00 in Europe/Berlin".
std::string describe(const std::vector<policy::HoursWindow>& hours, const std::vector<policy::Zone>& zones);

/// `file:line:column`, the file relative to the main one's folder; empty for no position.
std::string place(const policy::Snapshot& snapshot, SourcePos at);

}  // namespace reeve::explain
