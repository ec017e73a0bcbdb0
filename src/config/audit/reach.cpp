// SPDX-License-Identifier: Apache-2.0
// What each caller reaches: callers whose permissions or networks leave no route, and routes that a caller
// has the permissions for and can never use, since its networks and the route's have no address in common.
// Callers are judged by what they have in common (grants, networks), so that many of them cost little.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "config/audit/addresses.h"
#include "config/audit/subject.h"

namespace reeve::config::audit {

namespace {

using policy::NetworkRule;

/// Routes that take keys and require the same.
struct Group {
  std::vector<std::uint32_t> permissions;
  std::vector<std::uint32_t> shapes;  ///< the different network rules among them, in `Reach::shapes_`
};
/// A network rule as some routes or callers have it, and the first of those.
struct Shape {
  const NetworkRule* rule;
  std::uint32_t of;
};

constexpr std::size_t kStepsOfALookUp = 20;  // compared with one permission

class Reach {
 public:
  explicit Reach(const Subject& subject) : subject_(subject), snapshot_(subject.snapshot) {}

  void judge_all() {
    collect_routes();
    for (std::uint32_t i = 0; i < snapshot_.callers.size(); ++i)
      if (subject_.counts(i)) judge(i);
  }

 private:
  void collect_routes() {
    std::map<std::vector<std::uint32_t>, std::size_t> known;
    for (std::uint32_t i = 0; i < snapshot_.routes.size(); ++i) {
      const policy::Route& route = snapshot_.routes[i];
      if (!route.enabled || !route.acceptance.key) continue;
      std::vector<std::uint32_t> permissions;
      for (const policy::Requirement& requirement : route.require)
        permissions.push_back(requirement.permission);
      std::ranges::sort(permissions);
      const auto [group, fresh] = known.emplace(permissions, groups_.size());
      if (fresh) groups_.push_back({std::move(permissions), {}});
      const std::uint32_t shape = intern(route.networks, i, route_shapes_, shapes_);
      std::vector<std::uint32_t>& shapes = groups_[group->second].shapes;
      // Most routes are like the one before them; a repetition costs only time.
      if (shapes.empty() || shapes.back() != shape) shapes.push_back(shape);
    }
    for (Group& group : groups_) keep_each_once(group.shapes);
  }

  static std::uint32_t intern(const NetworkRule& rule, std::uint32_t of,
                              std::map<std::string, std::uint32_t>& known, std::vector<Shape>& shapes) {
    const auto [found, fresh] = known.emplace(shape(rule), static_cast<std::uint32_t>(shapes.size()));
    if (fresh) shapes.push_back({&rule, of});
    return found->second;
  }

  /// The network rules of the routes whose permissions a set of grants holds, each once.
  struct Permitted {
    bool known = true;                    ///< false: there was no time to find out
    std::vector<std::uint32_t> open;      ///< of routes that require nothing
    std::vector<std::uint32_t> required;  ///< of those that require something
    bool any() const { return !open.empty() || !required.empty(); }
  };
  const Permitted& permitted(std::uint32_t grant) {
    const auto [found, fresh] = permitted_.try_emplace(grant);
    Permitted& out = found->second;
    if (!fresh) return out;
    for (const Group& group : groups_) {
      if (!spend(group.permissions.size() + 1)) {
        out.known = false;
        return out;
      }
      if (!std::ranges::all_of(group.permissions,
                               [&](std::uint32_t each) { return snapshot_.grants.has(grant, each); }))
        continue;
      std::vector<std::uint32_t>& shapes = group.permissions.empty() ? out.open : out.required;
      shapes.insert(shapes.end(), group.shapes.begin(), group.shapes.end());
    }
    keep_each_once(out.open);
    keep_each_once(out.required);
    return out;
  }

  static void keep_each_once(std::vector<std::uint32_t>& shapes) {
    std::ranges::sort(shapes);
    shapes.erase(std::ranges::unique(shapes).begin(), shapes.end());
  }

  bool spend(std::size_t steps) {
    if (steps_left_ < steps) steps_left_ = 0;
    steps_left_ -= std::min(steps, steps_left_);
    return steps_left_ != 0;
  }

  /// Whether a route of that group lets some address of the caller's in.
  bool together(std::uint32_t caller_shape, const NetworkRule& of_caller, std::uint32_t route_shape) {
    const auto [known, fresh] = together_.emplace(std::pair(caller_shape, route_shape), true);
    if (!fresh) return known->second;
    const NetworkRule* rules[] = {&snapshot_.global_networks, shapes_[route_shape].rule, &of_caller};
    known->second = some_address_passes(snapshot_.network_lists, rules, tries_left_);
    return known->second;
  }

  /// What a set of grants and networks reaches.
  struct Verdict {
    bool reaches = false;
    bool permitted = false;               ///< some route's permissions are all held
    std::uint32_t apart = policy::kNone;  ///< a permitted route that lets no address of the caller's in
    std::uint32_t never = policy::kNone;  ///< the same, of those that require something
  };
  Verdict verdict(std::uint32_t grant, std::uint32_t caller_shape, const NetworkRule& networks) {
    const Permitted& permitted = this->permitted(grant);
    Verdict out{.reaches = !permitted.known, .permitted = !permitted.known || permitted.any()};
    if (!permitted.known) return out;
    for (const bool required : {false, true})
      for (const std::uint32_t shape : required ? permitted.required : permitted.open) {
        if (out.reaches && (!required || networks.empty() || out.never != policy::kNone)) break;
        if (!spend(kStepsOfALookUp)) return {.reaches = true, .permitted = true};
        if (together(caller_shape, networks, shape)) {
          out.reaches = true;
        } else if (out.never == policy::kNone && passable(*shapes_[shape].rule) && passable(networks)) {
          // What nobody passes is told of the route, or of the caller, alone.
          if (out.apart == policy::kNone) out.apart = shapes_[shape].of;
          if (required) out.never = shapes_[shape].of;
        }
      }
    return out;
  }

  bool passable(const NetworkRule& rule) {
    const NetworkRule* both[] = {&snapshot_.global_networks, &rule};
    return some_address_passes(snapshot_.network_lists, both, tries_left_);
  }

  void judge(std::uint32_t index) {
    const policy::Caller& caller = snapshot_.callers[index];
    const bool special = caller.extra != policy::kNone;
    const NetworkRule& networks = special ? snapshot_.caller_extras[caller.extra].networks : anywhere_;
    const std::uint32_t caller_shape = intern(networks, index, caller_shape_names_, caller_shapes_);
    const auto [known, fresh] = verdicts_.emplace(std::pair(caller.grant, caller_shape), Verdict());
    if (fresh) known->second = verdict(caller.grant, caller_shape, networks);
    tell(caller, networks, known->second);
  }

  void tell(const policy::Caller& caller, const NetworkRule& networks, const Verdict& verdict) {
    const std::string who = quoted(caller.name);
    if (!verdict.reaches && groups_.empty()) {
      subject_.teller.tell(
          kCallerReachesNothing, caller.at,
          fmt::format("no route takes a key: what the caller {} sends is never looked at", who),
          "write `authenticate: [ key ]` on the routes that it is to use");
    } else if (!verdict.permitted) {
      const policy::Route& route = snapshot_.routes[shapes_[groups_.front().shapes.front()].of];
      subject_.teller.tell(
          kCallerReachesNothing, caller.at,
          fmt::format("the caller {} reaches no route that takes a key: every one requires a permission that "
                      "neither it nor its team has; {} with its key is answered 403 `permission-missing`",
                      who, subject_.request(route)),
          "give it a role, or its team, that holds what a route requires");
    } else if (!verdict.reaches) {
      if (verdict.apart != policy::kNone) never(caller, networks, verdict.apart, true);
    } else if (verdict.never != policy::kNone) {
      never(caller, networks, verdict.never, false);
    }
  }

  void never(const policy::Caller& caller, const NetworkRule& networks, std::uint32_t route_index,
             bool nothing) {
    const policy::Route& route = snapshot_.routes[route_index];
    const SourcePos at = networks.restricted ? networks.allow_at : networks.deny.front().at;
    const SourcePos other = route.networks.restricted      ? route.networks.allow_at
                            : !route.networks.deny.empty() ? route.networks.deny.front().at
                                                           : route.at;
    subject_.teller.tell(
        nothing ? kCallerReachesNothing : kNetworkConjunctionEmpty, at,
        fmt::format(
            "the caller {} has the permissions of {}, but its networks and those of the route {} at {} "
            "have no address in common{}",
            quoted(caller.name), subject_.request(route), quoted(route.name), subject_.place(other),
            nothing ? "; so it is with every route: all its requests are refused" : ""),
        "let both in from one network, or take the permission from the caller");
  }

  const Subject& subject_;
  const policy::Snapshot& snapshot_;
  const NetworkRule anywhere_{};
  std::vector<Group> groups_;
  std::vector<Shape> shapes_;
  std::map<std::string, std::uint32_t> route_shapes_;
  std::vector<Shape> caller_shapes_;
  std::map<std::string, std::uint32_t> caller_shape_names_;
  std::map<std::uint32_t, Permitted> permitted_;  ///< by row of Snapshot::grants
  std::map<std::pair<std::uint32_t, std::uint32_t>, bool> together_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Verdict> verdicts_;
  // A tenth of a second each; behind that callers are taken to reach something.
  std::size_t steps_left_ = 20'000'000;
  std::size_t tries_left_ = 1'000'000;
};

}  // namespace

void audit_reach(const Subject& subject) {
  Reach(subject).judge_all();
}

}  // namespace reeve::config::audit
