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

struct CompiledUpstreams {
  std::unordered_map<std::string, std::uint32_t> index;  ///< of name in Snapshot::upstreams
};

/// data, admin, server, dns, access_log, log, threads, trusted_proxies, client_ip.
void compile_settings(const yaml::Node& root, Context& context, policy::Snapshot& snapshot);
void compile_listeners(const yaml::Node& root, Context& context, policy::Snapshot& snapshot);
CompiledUpstreams compile_upstreams(const yaml::Node& root, Context& context, policy::Snapshot& snapshot);
void compile_routes(const yaml::Node& root, const CompiledUpstreams& upstreams, Context& context,
                    policy::Snapshot& snapshot);

}  // namespace reeve::config
