// SPDX-License-Identifier: Apache-2.0
// What is declared and never referred to: most often a slip in what was meant to refer to it, or the rest of
// something that is gone.
#include <fmt/format.h>

#include "config/audit/subject.h"

namespace reeve::config::audit {

namespace {

struct Used {
  explicit Used(const policy::Snapshot& snapshot)
      : networks(snapshot.network_lists.size()),
        roles(snapshot.roles.size()),
        limits(snapshot.limits.size()),
        upstreams(snapshot.upstreams.size()),
        teams(snapshot.teams.size()),
        organisations(snapshot.organisations.size()) {}

  void take(const policy::NetworkRule& rule) {
    for (const policy::NetworkRule::Use& use : rule.allow) networks[use.list] = true;
    for (const policy::NetworkRule::Use& use : rule.deny) networks[use.list] = true;
  }
  void take(const std::vector<policy::LimitUse>& uses) {
    for (const policy::LimitUse& use : uses) limits[use.limit] = true;
  }
  void take(const policy::Snapshot& snapshot) {
    take(snapshot.global_networks);
    take(snapshot.global_limits);
    for (const policy::Route& route : snapshot.routes) {
      take(route.networks);
      take(route.limits);
      if (const auto* to = std::get_if<policy::ToUpstream>(&route.destination))
        for (const policy::ToUpstream::Share& share : to->shares) upstreams[share.upstream] = true;
    }
    for (const policy::CallerExtra& extra : snapshot.caller_extras) {
      take(extra.networks);
      take(extra.limits);
    }
    for (const policy::RoleUse& use : snapshot.caller_roles) roles[use.role] = true;
    for (const policy::Caller& caller : snapshot.callers)
      if (caller.team != policy::kNone) teams[caller.team] = true;
    for (const policy::Team& team : snapshot.teams) {
      take(team.limits);
      for (const policy::RoleUse& use : team.roles) roles[use.role] = true;
      if (team.organisation != policy::kNone) organisations[team.organisation] = true;
    }
  }

  std::vector<bool> networks, roles, limits, upstreams, teams, organisations;
};

template <class Declared>
void tell(const Subject& subject, const std::vector<Declared>& all, const std::vector<bool>& used,
          std::string_view what, std::string_view fix) {
  for (std::size_t i = 0; i < all.size(); ++i)
    // Lists without a name are the literals of a rule.
    if (!used[i] && !all[i].name.empty())
      subject.teller.tell(kUnused, all[i].at, fmt::format("the {} {} is not used", what, quoted(all[i].name)),
                          std::string(fix));
}

}  // namespace

void audit_unused(const Subject& subject) {
  if (!subject.teller.wants(kUnused)) return;
  const policy::Snapshot& snapshot = subject.snapshot;
  Used used(snapshot);
  used.take(snapshot);
  tell(subject, snapshot.network_lists, used.networks, "network",
       "name it in an `allow` or `deny`, or remove it");
  tell(subject, snapshot.roles, used.roles, "role", "give it to a caller or a team, or remove it");
  tell(subject, snapshot.limits, used.limits, "limit",
       "list it in the `limits` of a route, team, caller or `global`, or remove it");
  tell(subject, snapshot.upstreams, used.upstreams, "upstream", "name it in a route, or remove it");
  tell(subject, snapshot.teams, used.teams, "team", "put a caller into it, or remove it");
  tell(subject, snapshot.organisations, used.organisations, "organisation",
       "name it in a team, or remove it");
}

}  // namespace reeve::config::audit
