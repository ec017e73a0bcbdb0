// SPDX-License-Identifier: Apache-2.0
#include "config/audit/addresses.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ip.h"

namespace reeve::config::audit {

namespace {

/// The address behind the last one of a network; nothing behind the last of all.
std::optional<IpAddress> behind(const IpNetwork& network) {
  std::array<std::uint8_t, 16> bytes{};
  const unsigned size = network.base().bit_count() / 8;
  std::copy_n(network.base().bytes(), size, bytes.begin());
  // Adds one at the prefix's last bit.
  if (network.prefix() == 0) return std::nullopt;
  unsigned at = (network.prefix() - 1) / 8;
  unsigned carry = 1u << (7 - (network.prefix() - 1) % 8);
  for (;; --at) {
    const unsigned sum = bytes[at] + carry;
    bytes[at] = static_cast<std::uint8_t>(sum);
    carry = sum >> 8;
    if (carry == 0) break;
    if (at == 0) return std::nullopt;
  }
  if (network.base().is_v4()) return IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
  return IpAddress::v6(bytes);
}

}  // namespace

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
        if (const auto next = behind(entry.network); next && passes(*next)) return true;
  return false;
}

std::string shape(const policy::NetworkRule& rule) {
  std::string out(rule.restricted ? "r" : "");
  for (const policy::NetworkRule::Use& use : rule.allow) out += "+" + std::to_string(use.list);
  for (const policy::NetworkRule::Use& use : rule.deny) out += "-" + std::to_string(use.list);
  return out;
}

}  // namespace reeve::config::audit
