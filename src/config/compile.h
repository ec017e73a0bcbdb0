// SPDX-License-Identifier: Apache-2.0
// The second half of a load: sections of a checked tree into the Snapshot, with what only their meaning can
// judge. Each function leaves alone what the table of keys found fault with. Not for users of config: load.h
// is.
#pragma once

#include <string>
#include <unordered_map>

#include "config/context.h"
#include "config/yaml/node.h"
#include "policy/snapshot.h"

namespace reeve::config {

struct AccessNames;

struct CompiledUpstreams {
  std::unordered_map<std::string, std::uint32_t> index;  ///< of name in Snapshot::upstreams
};

/// data, admin, server, dns, access_log, log, decisions, gate, threads, trusted_proxies, client_ip.
void compile_settings(const yaml::Node& root, Context& context, policy::Snapshot& snapshot);
/// environment, disclosure.
void compile_disclosure(const yaml::Node& root, policy::Snapshot& snapshot);
void compile_networks(const yaml::Node& root, AccessNames& names, Context& context,
                      policy::Snapshot& snapshot);
void compile_limits(const yaml::Node& root, AccessNames& names, Context& context, policy::Snapshot& snapshot);
/// Roles, organisations, teams.
void compile_teams(const yaml::Node& root, AccessNames& names, Context& context, policy::Snapshot& snapshot);
/// What holds for every request.
void compile_global(const yaml::Node& root, AccessNames& names, Context& context, policy::Snapshot& snapshot);
/// Behind the routes, whose requirements decide what a grant holds; then the teams' admins are known too.
void compile_callers(const yaml::Node& root, const AccessNames& names, Context& context,
                     policy::Snapshot& snapshot);
void compile_expectations(const yaml::Node& root, Context& context, policy::Snapshot& snapshot);
/// Whether they hold; when there is no other error.
void check_expectations(Context& context, const policy::Snapshot& snapshot);
/// Whether that may be granted, or (not `granted`) required; else a finding.
bool check_permission(const yaml::Node& item, bool granted, Context& context);
void compile_listeners(const yaml::Node& root, Context& context, policy::Snapshot& snapshot);
CompiledUpstreams compile_upstreams(const yaml::Node& root, Context& context, policy::Snapshot& snapshot);
void compile_routes(const yaml::Node& root, const CompiledUpstreams& upstreams, AccessNames& names,
                    Context& context, policy::Snapshot& snapshot);

}  // namespace reeve::config
