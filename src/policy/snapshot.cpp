// SPDX-License-Identifier: Apache-2.0
#include "policy/snapshot.h"

#include <algorithm>

namespace reeve::policy {

bool ClientIp::trusts(const std::optional<IpAddress>& peer) const {
  if (!peer) return trust_unix;
  return std::ranges::any_of(trusted_proxies, [&](const IpNetwork& n) { return n.contains(*peer); });
}

}  // namespace reeve::policy
