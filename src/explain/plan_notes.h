// SPDX-License-Identifier: Apache-2.0
// What two configurations write differently beside who may do what: limits, bodies, upstreams, the client's
// address. Part of plan.h. Pure.
#pragma once

#include <string>
#include <vector>

#include "explain/plan.h"

namespace reeve::explain {

std::vector<PlanNote> plan_notes(const policy::Snapshot& before, const policy::Snapshot& after);
/// Whether both believe the same fields of the same proxies.
bool same_client_ip(const policy::Snapshot& before, const policy::Snapshot& after);
/// Windows as a configuration writes them, as JSON.
std::string hours_json(const std::vector<policy::HoursWindow>& hours, const std::vector<policy::Zone>& zones);

}  // namespace reeve::explain
