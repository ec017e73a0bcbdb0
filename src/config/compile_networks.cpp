// SPDX-License-Identifier: Apache-2.0
// Named networks, and the lists of names and literal addresses that rules are made of. Also how every section
// looks up a name that another one declares.
#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/access_names.h"
#include "config/compile.h"
#include "config/grammar.h"
#include "config/suggest.h"
#include "config/values.h"

namespace reeve::config {

namespace {

using yaml::Node;

/// Rather a name than a mistyped address.
bool looks_like_name(std::string_view text) {
  return is_name(text) && ascii::is_alpha(text[0]) && text.find(':') == std::string_view::npos;
}

std::vector<policy::NetworkRule::Use> compile_uses(const Node& list, const AccessNames& names,
                                                   Context& context, policy::Snapshot& snapshot) {
  std::vector<policy::NetworkRule::Use> uses;
  std::vector<policy::AddressSet::Entry> literals;
  for (const Node& item : list.items) {
    if (item.bad) continue;
    if (const auto named = names.networks.find(item.text); named != names.networks.end()) {
      uses.push_back({named->second, item.at});
    } else if (looks_like_name(item.text)) {
      look_up(names.networks, item, "a network", context);
    } else if (const auto literal = network(item, {}, context)) {
      literals.push_back({*literal, item.at});
    }
  }
  if (literals.empty()) return uses;
  const SourcePos at = literals.front().at;
  uses.push_back({static_cast<std::uint32_t>(snapshot.network_lists.size()), at});
  snapshot.network_lists.push_back({"", at, policy::AddressSet(std::move(literals))});
  return uses;
}

}  // namespace

std::optional<std::uint32_t> look_up(const Index& names, const Node& name, std::string_view what,
                                     Context& context) {
  if (const auto found = names.find(name.text); found != names.end()) return found->second;
  std::vector<std::string_view> known;
  const bool comparing = context.may_compare(names.size());
  if (comparing)
    for (const auto& [each, index] : names) known.push_back(each);
  std::ranges::sort(known);
  context.findings.error(
      rule::kUnknownName, name.at,
      fmt::format("there is no {} {}{}", what.substr(what.find(' ') + 1), quoted(name.text),
                  did_you_mean(name.text, known)),
      names.empty()
          ? fmt::format("declare {}", what)
          : fmt::format("declare it, or name one that is declared{}",
                        !comparing || known.size() > 8 ? std::string() : ": " + alternatives(known)));
  return std::nullopt;
}

void compile_networks(const Node& root, AccessNames& names, Context& context, policy::Snapshot& snapshot) {
  const Node* networks = get(root, "networks");
  if (networks == nullptr) return;
  for (const yaml::Entry& entry : networks->entries) {
    if (entry.value.bad || !check_name(entry.key, entry.key_at, "a network", context)) continue;
    if (IpNetwork::parse(entry.key).network) {
      context.findings.error(rule::kBadValue, entry.key_at,
                             fmt::format("the network's name {} is an address", quoted(entry.key)),
                             "give it a name that no list can take for an address");
      continue;
    }
    if (entry.value.items.empty()) {
      context.findings.error(rule::kEmptyAllow, entry.value.at,
                             fmt::format("the network {} is empty: a rule that allows it would let nobody in",
                                         quoted(entry.key)),
                             "list at least one address or CIDR, or remove it");
      continue;
    }
    std::vector<policy::AddressSet::Entry> entries;
    entries.reserve(entry.value.items.size());
    for (const Node& item : entry.value.items)
      if (!item.bad)
        if (const auto one = network(item, {}, context)) entries.push_back({*one, item.at});
    names.networks.emplace(entry.key, static_cast<std::uint32_t>(snapshot.network_lists.size()));
    snapshot.network_lists.push_back({entry.key, entry.key_at, policy::AddressSet(std::move(entries))});
  }
}

policy::NetworkRule compile_network_rule(const Node& of, const AccessNames& names, Context& context,
                                         policy::Snapshot& snapshot) {
  policy::NetworkRule made;
  if (const Node* allow = get(of, "allow")) {
    made.restricted = true;
    made.allow_at = allow->at;
    if (allow->items.empty())
      context.findings.error(rule::kEmptyAllow, allow->at, "an empty `allow` lets nobody in",
                             "list who is let in, or remove `allow` to let in everybody");
    made.allow = compile_uses(*allow, names, context, snapshot);
  }
  if (const Node* deny = get(of, "deny")) made.deny = compile_uses(*deny, names, context, snapshot);
  return made;
}

}  // namespace reeve::config
