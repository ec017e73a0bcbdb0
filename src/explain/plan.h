// SPDX-License-Identifier: Apache-2.0
// Who gains and who loses what between two configurations, exactly (contract, 6, plan): over routes, methods,
// hosts, paths, callers, networks and every minute of the 366 days from a moment on. Counters, bodies and
// upstreams are compared by what is written. What a row says was found out by the functions that serve. Pure;
// not for hot paths.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explain/access_change.h"
#include "json/writer.h"

namespace reeve::explain {

/// Callers that fare alike on one route by one method, from the same networks and at the same times.
struct PlanRow {
  std::vector<std::string> callers;  ///< sorted; "anonymous" is one
  std::string route;                 ///< the old name of what is lost, the new one of what is gained
  std::string method;
  std::vector<std::string> hosts;  ///< empty = all of the route's
  std::vector<std::string> paths;  ///< likewise
  std::vector<std::string> when;   ///< likewise: what requests carry, "" = nothing that routes look at
  AccessChange change;
  std::string hours;   ///< JSON: "always", or the windows within which it changes
  std::string except;  ///< JSON: windows within which it does not; empty = none
  SampleRequest sample;
  std::string because;  ///< `file:line`

  /// All but the callers.
  bool like(const PlanRow& other) const {
    return route == other.route && method == other.method && hosts == other.hosts && paths == other.paths &&
           when == other.when && change == other.change && hours == other.hours && except == other.except &&
           because == other.because;
  }
};

/// What decides nothing about who may do what, or only by numbers that run.
struct PlanNote {
  std::string what;  ///< "limits", "body", "upstream", …
  std::string name;  ///< of the route, limit or upstream; empty = the whole configuration
  std::string because;
};

struct Plan {
  std::vector<PlanRow> loses;
  std::vector<PlanRow> gains;
  std::vector<PlanRow> otherwise;  ///< refused before and after, for another reason
  std::uint64_t left_out = 0;      ///< of `otherwise`: more than anybody reads
  std::vector<PlanNote> notes;
  bool same() const { return loses.empty() && gains.empty() && otherwise.empty() && notes.empty(); }
};

/// Rows of `loses` that nobody has asked for: what a revoked, expired or deleted subject loses itself is
/// wanted.
bool must_be_accepted(const PlanRow& row);
/// "bob: GET read: allow becomes permission-missing [reeve.yaml:5]".
std::string describe(const PlanRow& row);
/// Of 366 days, whole minutes.
Span plan_horizon(WallTime at);
Plan plan(const policy::Snapshot& before, const policy::Snapshot& after, WallTime at);
/// An array of them. One row a caller, up to some thousands; beyond that one row for callers that fare alike,
/// with `callers`.
void write_rows(const std::vector<PlanRow>& rows, json::Writer& json);
/// Members `loses`, `gains`, `changed`, `same` into an open object.
void write_plan(const Plan& plan, json::Writer& json);
/// What is accepted by `--accept-lost`: rows of `loses` without sample and time, in a fixed form.
std::string plan_digest_text(const Plan& plan);

}  // namespace reeve::explain
