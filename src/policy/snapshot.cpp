// SPDX-License-Identifier: Apache-2.0
#include "policy/snapshot.h"

#include <algorithm>

namespace reeve::policy {

bool ClientIp::trusts(const std::optional<IpAddress>& peer) const {
  if (!peer) return trust_unix;
  return std::ranges::any_of(trusted_proxies, [&](const IpNetwork& n) { return n.contains(*peer); });
}

std::uint32_t Snapshot::find_caller(std::string_view name) const {
  const auto found = std::ranges::lower_bound(
      callers_by_name, name, {}, [&](std::uint32_t i) -> std::string_view { return callers[i].name; });
  return found != callers_by_name.end() && callers[*found].name == name ? *found : kNone;
}

}  // namespace reeve::policy
