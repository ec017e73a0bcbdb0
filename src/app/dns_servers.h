// SPDX-License-Identifier: Apache-2.0
// `dns.servers` as addresses for the resolvers, at start and at every reload. They were judged when the
// configuration was loaded: nothing is reported here.
#pragma once

#include <vector>

#include "base/endpoint.h"
#include "policy/snapshot.h"

namespace reeve::app {

/// Port 0 = the usual one; empty = those of resolv.conf.
inline std::vector<IpEndpoint> dns_servers(const policy::Snapshot& snapshot) {
  std::vector<IpEndpoint> all;
  for (const std::string& server : snapshot.dns_servers) {
    const auto address = IpAddress::parse(server);
    const auto endpoint = parse_endpoint(server);
    const auto* ip = endpoint ? std::get_if<IpEndpoint>(&*endpoint) : nullptr;
    if (address) all.push_back({*address, 0});
    if (!address && ip != nullptr) all.push_back(*ip);
  }
  return all;
}

}  // namespace reeve::app
