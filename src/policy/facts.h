// SPDX-License-Identifier: Apache-2.0
// The only place where Facts are made: from a request's head, its client and what the route table, identity
// and the counters found out, in the order in which that becomes known. Live requests and hypothetical ones
// go through the same functions. Pure.
#pragma once

#include "policy/decision.h"

namespace reeve::policy {

/// What is known before a route is looked for.
Facts facts_of(const http::RequestHead& head, const std::optional<IpAddress>& client, WallTime now);
/// The route table's answer. Of Found, NoMethod and NoCondition the route is known.
void add_match(Facts& facts, const RouteMatch& match, const http::Path& path);

}  // namespace reeve::policy
