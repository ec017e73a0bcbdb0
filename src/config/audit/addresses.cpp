// SPDX-License-Identifier: Apache-2.0
#include "config/audit/addresses.h"

#include <algorithm>

#include "explain/address_cuts.h"

namespace reeve::config::audit {

bool some_address_passes(const NetworkLists& lists, NetworkRules rules, std::size_t& tries_left) {
  const auto passes = [&](const IpAddress& address) {
    if (tries_left == 0) return true;
    --tries_left;
    return std::ranges::all_of(rules, [&](const policy::NetworkRule* rule) {
      return judge(*rule, lists, address) == policy::NetworkVerdict::Pass;
    });
  };
  // The lowest address that passes is the lowest of all, or begins an allowed network, or follows a denied
  // one: nowhere else does the answer turn from no to yes.
  if (passes(IpAddress()) || passes(IpAddress::v6({}))) return true;
  for (const policy::NetworkRule* rule : rules)
    for (const policy::NetworkRule::Use& use : rule->allow)
      for (const policy::AddressSet::Entry& entry : lists[use.list].set.entries())
        if (passes(entry.network.base())) return true;
  for (const policy::NetworkRule* rule : rules)
    for (const policy::NetworkRule::Use& use : rule->deny)
      for (const policy::AddressSet::Entry& entry : lists[use.list].set.entries())
        if (const auto next = explain::behind(entry.network); next && passes(*next)) return true;
  return false;
}

std::string shape(const policy::NetworkRule& rule) {
  std::string out(rule.restricted ? "r" : "");
  for (const policy::NetworkRule::Use& use : rule.allow) out += "+" + std::to_string(use.list);
  for (const policy::NetworkRule::Use& use : rule.deny) out += "-" + std::to_string(use.list);
  return out;
}

}  // namespace reeve::config::audit
