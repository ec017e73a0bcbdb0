// SPDX-License-Identifier: Apache-2.0
// The rules on networks: rules that nobody can pass together, and networks that are allowed and denied in one
// breath. Exact over all addresses; what callers and routes leave together is judged in reach.cpp.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "config/audit/addresses.h"
#include "config/audit/subject.h"

namespace reeve::config::audit {

namespace {

using policy::NetworkRule;

SourcePos place_of(const NetworkRule& rule) {
  return rule.restricted ? rule.allow_at : rule.deny.front().at;
}

class Networks {
 public:
  explicit Networks(const Subject& subject)
      : subject_(subject),
        lists_(subject.snapshot.network_lists),
        global_(subject.snapshot.global_networks) {}

  void judge_all() {
    if (!global_.empty()) {
      if (!passable({&global_})) {
        subject_.teller.tell(kNetworkConjunctionEmpty, place_of(global_),
                             "`global.networks` lets no address in at all: every request is refused",
                             "allow somebody, or take the networks that are meant off `deny`");
        return;  // everything else would repeat it
      }
      shadows(global_, global_);
    }
    for (const policy::Route& route : subject_.snapshot.routes)
      if (route.enabled)
        rule(route.networks, fmt::format("the route {}", quoted(route.name)), subject_.request(route));
    for (const policy::Caller& caller : subject_.snapshot.callers)
      if (caller.extra != policy::kNone)
        rule(subject_.snapshot.caller_extras[caller.extra].networks,
             fmt::format("the caller {}", quoted(caller.name)), "");
  }

 private:
  bool passable(std::initializer_list<const NetworkRule*> rules) {
    return some_address_passes(lists_, NetworkRules(rules.begin(), rules.size()), tries_left_);
  }

  void rule(const NetworkRule& rule, const std::string& whose, const std::string& request) {
    if (rule.empty()) return;
    // What many rules have in common is judged once.
    const auto [known, fresh] = passable_.emplace(shape(rule), true);
    if (fresh) known->second = passable({&rule, &global_});
    if (!known->second) {
      const bool alone = !passable({&rule});
      subject_.teller.tell(
          kNetworkConjunctionEmpty, place_of(rule),
          fmt::format("no address passes the networks of {}{}{}", whose,
                      alone ? std::string(": its `deny` covers all that it allows")
                            : fmt::format(" and `global.networks` at {}", subject_.place(place_of(global_))),
                      request.empty() ? std::string("; it is refused from everywhere")
                                      : fmt::format("; {} is refused from everywhere", request)),
          alone ? "allow a network that is not denied, or take it off `deny`"
                : "allow a network that both let in");
      return;
    }
    if (fresh) {
      shadows(rule, rule);
      shadows(rule, global_);
    }
  }

  void shadows(const NetworkRule& allowing, const NetworkRule& denying) {
    for (const NetworkRule::Use& allow : allowing.allow)
      for (const NetworkRule::Use& deny : denying.deny)
        if (pairs_.emplace(allow.list, deny.list).second) shadows(allow, deny);
  }

  void shadows(const NetworkRule::Use& allow, const NetworkRule::Use& deny) {
    const policy::AddressSet& denied = lists_[deny.list].set;
    for (const policy::AddressSet::Entry& entry : lists_[allow.list].set.entries()) {
      if (!denied.contains(entry.network.base())) continue;
      if (steps_left_ < denied.entries().size()) return;
      steps_left_ -= denied.entries().size();
      const auto cover = std::ranges::find_if(denied.entries(), [&](const policy::AddressSet::Entry& one) {
        return one.network.prefix() <= entry.network.prefix() && one.network.contains(entry.network.base());
      });
      if (cover == denied.entries().end()) continue;
      subject_.teller.tell(
          kDenyShadowsAllow, entry.at,
          fmt::format("{} is allowed, but lies inside {}, which is denied at {}: deny beats allow, so a "
                      "request from {} is refused",
                      entry.network.to_string(), cover->network.to_string(), subject_.place(cover->at),
                      entry.network.base().to_string()),
          "remove one of the two; a smaller network can be denied inside an allowed one, not the reverse");
    }
  }

  const Subject& subject_;
  const NetworkLists& lists_;
  const NetworkRule& global_;
  std::map<std::string, bool> passable_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> pairs_;  ///< that were compared
  std::size_t steps_left_ = 5'000'000;                       ///< some milliseconds
  std::size_t tries_left_ = 1'000'000;                       ///< a tenth of a second
};

}  // namespace

void audit_networks(const Subject& subject) {
  Networks(subject).judge_all();
}

}  // namespace reeve::config::audit
