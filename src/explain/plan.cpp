// SPDX-License-Identifier: Apache-2.0
// Parts of the request space times kinds of callers. What is equal on both sides is left out before anything
// is judged, and what fares alike is judged once.
#include "explain/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "explain/explanation.h"
#include "explain/plan_notes.h"
#include "policy/hypothetical.h"

namespace reeve::explain {

namespace {

using policy::kNone;
using policy::Route;
using policy::Snapshot;

constexpr std::size_t kOtherwiseMost = 1000;
constexpr std::uint32_t kNotFound = ~std::uint32_t{0} - 8;  // and the kind of it

/// Callers with equal numbers on both sides.
struct Group {
  std::uint32_t before = kNone;  ///< one of them; kNone = not declared there
  std::uint32_t after = kNone;
  std::uint32_t before_number = kNone;
  std::uint32_t after_number = kNone;
  bool anonymous = false;
  bool same = false;  ///< where a route is the same, so is its access
  std::vector<std::string> names;
};

class Planner {
 public:
  Planner(const Snapshot& before, const Snapshot& after, Span horizon)
      : before_(before),
        after_(after),
        horizon_(horizon),
        before_keys_(authentications(before, horizon)),
        after_keys_(authentications(after, horizon)),
        changes_(horizon),
        parts_(request_parts(before, after)) {
    AccessClasses classes;
    before_routes_ = classes.routes(before);
    after_routes_ = classes.routes(after);
    make_groups(classes);
    addresses_differ_ = !same_client_ip(before, after);
  }

  Plan run() {
    for (const RequestPart& part : parts_) {
      if (part.before.found()) add_totals(before_totals_[part.before.route], part);
      if (part.after.found()) add_totals(after_totals_[part.after.route], part);
    }
    for (const RequestPart& part : parts_)
      for (const Group& group : groups_) judge(part, group);
    for (std::vector<PlanRow>* rows : {&plan_.loses, &plan_.gains, &plan_.otherwise}) merge(*rows);
    plan_.notes = plan_notes(before_, after_);
    return std::move(plan_);
  }

 private:
  struct Totals {
    std::set<std::string> hosts;
    std::set<std::string> paths;
    std::set<std::string> when;
  };

  /// Callers of different groups may fare alike all the same.
  static void merge(std::vector<PlanRow>& rows) {
    const auto order = [](const PlanRow& row) {
      return std::tie(row.route, row.method, row.paths, row.hosts, row.when, row.change.after,
                      row.change.before, row.because, row.callers);
    };
    std::ranges::sort(rows, [&](const PlanRow& a, const PlanRow& b) { return order(a) < order(b); });
    std::vector<PlanRow> merged;
    for (PlanRow& row : rows) {
      if (!merged.empty() && merged.back().like(row)) {
        std::ranges::move(row.callers, std::back_inserter(merged.back().callers));
      } else {
        merged.push_back(std::move(row));
      }
    }
    for (PlanRow& row : merged) std::ranges::sort(row.callers);
    rows = std::move(merged);
  }

  static void add_totals(Totals& totals, const RequestPart& part) {
    totals.hosts.insert(part.hosts.begin(), part.hosts.end());
    totals.paths.insert(part.paths.begin(), part.paths.end());
    totals.when.insert(part.when.begin(), part.when.end());
  }

  void make_groups(AccessClasses& classes) {
    const auto before = classes.callers(before_, before_keys_, nullptr);
    const auto after = classes.callers(after_, after_keys_, nullptr);
    const auto before_common = classes.callers(before_, before_keys_, &after_);
    const auto after_common = classes.callers(after_, after_keys_, &before_);
    groups_.push_back({.anonymous = true, .same = true, .names = {"anonymous"}});
    std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, std::size_t> known;
    const auto add = [&](std::uint32_t b, std::uint32_t a) {
      Group group{.before = b,
                  .after = a,
                  .before_number = b == kNone ? kNone : before[b],
                  .after_number = a == kNone ? kNone : after[a],
                  .same = b != kNone && a != kNone && before_common[b] == after_common[a],
                  .names = {}};
      const auto [at, fresh] =
          known.try_emplace({group.before_number, group.after_number, group.same}, groups_.size());
      if (fresh) groups_.push_back(std::move(group));
      groups_[at->second].names.push_back(b != kNone ? before_.callers[b].name : after_.callers[a].name);
    };
    // Both lists are sorted by name.
    auto b = before_.callers_by_name.begin();
    auto a = after_.callers_by_name.begin();
    while (b != before_.callers_by_name.end() || a != after_.callers_by_name.end()) {
      const bool b_left = b != before_.callers_by_name.end();
      const bool a_left = a != after_.callers_by_name.end();
      const int order = !b_left   ? 1
                        : !a_left ? -1
                                  : before_.callers[*b].name.compare(after_.callers[*a].name);
      add(order <= 0 ? *b++ : kNone, order >= 0 ? *a++ : kNone);
    }
  }

  AccessSide side(const Snapshot& snapshot, const Routed& routed, const Group& group,
                  const std::vector<Authentication>& keys, std::uint32_t caller) const {
    return {.snapshot = &snapshot,
            .routed = routed,
            .caller = caller,
            .anonymous = group.anonymous,
            .authentication = caller == kNone ? nullptr : &keys[caller]};
  }

  /// Refused whatever the address and the time.
  static bool never(const AccessSide& side) {
    if (!side.routed.found()) return true;
    const Route& route = side.snapshot->routes[side.routed.route];
    if (route.acceptance.none_only()) return false;
    if (side.anonymous) return !route.acceptance.none;
    if (side.caller == kNone) return true;
    const std::uint32_t grant = side.snapshot->callers[side.caller].grant;
    return std::ranges::any_of(route.require, [&](const policy::Requirement& one) {
      return !side.snapshot->grants.has(grant, one.permission);
    });
  }

  static std::uint32_t number_of(const Routed& routed, const std::vector<std::uint32_t>& numbers) {
    return routed.found() ? numbers[routed.route] : kNotFound + static_cast<std::uint32_t>(routed.kind);
  }

  /// On neither side it matters who calls.
  bool for_everybody(const RequestPart& part) const {
    const auto open = [](const Snapshot& snapshot, const Routed& routed) {
      return !routed.found() || snapshot.routes[routed.route].acceptance.none_only();
    };
    return open(before_, part.before) && open(after_, part.after);
  }

  void judge(const RequestPart& part, const Group& group) {
    const std::uint32_t b = number_of(part.before, before_routes_);
    const std::uint32_t a = number_of(part.after, after_routes_);
    if (b == a && group.same && !addresses_differ_) return;
    if (!group.anonymous && for_everybody(part)) return;
    const AccessSide before = side(before_, part.before, group, before_keys_, group.before);
    const AccessSide after = side(after_, part.after, group, after_keys_, group.after);
    if (plan_.otherwise.size() >= kOtherwiseMost && never(before) && never(after)) {
      ++plan_.left_out;
      return;
    }
    const auto key = std::tuple(b, a, group.before_number, group.after_number, group.anonymous);
    const auto [known, fresh] = judged_.try_emplace(key);
    if (fresh) known->second = changes_.between(before, after);
    for (const AccessChange& change : known->second) add_row(part, group, before, after, change);
    if (addresses_differ_) add_lost_address(part, group, before, after);
  }

  void add_row(const RequestPart& part, const Group& group, const AccessSide& before, const AccessSide& after,
               const AccessChange& change) {
    const bool lost = !change.before;
    const bool gained = !change.after;
    // What a row is about: the old route of what is lost, the new one of what is gained.
    const bool by_old = lost || (!gained && part.before.found());
    const Snapshot& snapshot = by_old ? before_ : after_;
    const Route& route = snapshot.routes[by_old ? part.before.route : part.after.route];
    PlanRow row{.callers = group.names,
                .route = route.name,
                .method = part.method,
                .hosts = {},
                .paths = {},
                .when = {},
                .change = change,
                .hours = R"("always")",
                .except = {},
                .sample = part.sample,
                .because = {}};
    const Totals& totals = by_old ? before_totals_[part.before.route] : after_totals_[part.after.route];
    if (part.hosts != totals.hosts) row.hosts.assign(part.hosts.begin(), part.hosts.end());
    if (part.paths != totals.paths) row.paths.assign(part.paths.begin(), part.paths.end());
    if (part.when != totals.when) row.when.assign(part.when.begin(), part.when.end());
    if ((lost || gained) && !route.hours.empty()) row.hours = hours_json(route.hours, snapshot.zones);
    if (lost && change.after == Code::OutsideHours)
      row.except = hours_json(after_.routes[part.after.route].hours, after_.zones);
    if (gained && change.before == Code::OutsideHours)
      row.except = hours_json(before_.routes[part.before.route].hours, before_.zones);
    row.because = because(part, before, after, change);
    (lost ? plan_.loses : gained ? plan_.gains : plan_.otherwise).push_back(std::move(row));
  }

  /// Another address may be taken for the client's: nobody whose access depends on it is safe.
  void add_lost_address(const RequestPart& part, const Group& group, const AccessSide& before,
                        const AccessSide& after) {
    if (!part.before.found() || !part.after.found() || !depends_on_address(before)) return;
    if (never(before)) return;
    // Where it was allowed before: what nowhere would take away.
    const auto key = std::tuple(before_routes_[part.before.route], group.before_number, group.anonymous);
    const auto [known, fresh] = lost_addresses_.try_emplace(key);
    if (fresh) {
      AccessSide nowhere = after;
      nowhere.routed = {};
      for (AccessChange& change : changes_.between(before, nowhere))
        if (!change.before) known->second.push_back(std::move(change));
    }
    for (AccessChange change : known->second) {
      change.after = Code::IpNotAllowed;
      add_row(part, group, before, after, change);
    }
  }

  bool depends_on_address(const AccessSide& side) const {
    const Snapshot& snapshot = *side.snapshot;
    if (!snapshot.global_networks.empty() || !snapshot.routes[side.routed.route].networks.empty())
      return true;
    if (side.caller == kNone) return false;
    const std::uint32_t extra = snapshot.callers[side.caller].extra;
    return extra != kNone && !snapshot.caller_extras[extra].networks.empty();
  }

  /// The line that decides: of what refuses after the change, else of what no longer refuses.
  std::string because(const RequestPart& part, const AccessSide& before, const AccessSide& after,
                      const AccessChange& change) const {
    std::string at;
    if (change.after) {
      at = failing_place(part, after, change, std::nullopt);
      if (at.empty() && after.caller != kNone) at = place(after_, after_.callers[after.caller].at);
      if (at.empty() && before.caller != kNone && change.after == Code::CredentialUnknown)
        at = place(before_, before_.callers[before.caller].at);
      if (at.empty() && part.before.found()) at = place(before_, before_.routes[part.before.route].at);
    } else {
      at = failing_place(part, after, change, facts(*change.before).check);
    }
    if (at.empty() && part.after.found()) at = place(after_, after_.routes[part.after.route].at);
    const std::size_t column = at.rfind(':');
    return column == std::string::npos ? at : at.substr(0, column);
  }

  /// `file:line:column` of the check that fails, or of `check`, on that side.
  static std::string failing_place(const RequestPart& part, const AccessSide& side,
                                   const AccessChange& change, std::optional<Check> check) {
    policy::Hypothetical request(*side.snapshot);
    if (!request.prepare({.method = part.sample.method,
                          .url = part.sample.url,
                          .headers = part.sample.headers,
                          .from = change.address,
                          .at = change.time.from}))
      return {};
    if (side.anonymous || side.caller == kNone) {
      request.as_anonymous();
    } else if (side.authentication->at(change.time.from)) {
      request.as(side.caller);
    } else {
      const std::uint32_t key = side.authentication->key;
      request.facts().credential = {.state = policy::CredentialVerdict::State::Refused,
                                    .code = out_of_force(*side.snapshot, key, change.time.from),
                                    .key = key};
    }
    policy::Decision decision;
    request.decide(decision);
    const policy::Standings none;
    for (const CheckView& view :
         check_views({*side.snapshot, request.facts(), decision, none, request.flaw()})) {
      const bool told = check ? view.check == *check : view.result == policy::CheckResult::Fail;
      if (told) return view.at;
    }
    return {};
  }

  const Snapshot& before_;
  const Snapshot& after_;
  Span horizon_;
  std::vector<Authentication> before_keys_;
  std::vector<Authentication> after_keys_;
  AccessChanges changes_;
  std::vector<RequestPart> parts_;
  std::vector<std::uint32_t> before_routes_;
  std::vector<std::uint32_t> after_routes_;
  std::vector<Group> groups_;
  bool addresses_differ_ = false;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, bool>,
           std::vector<AccessChange>>
      judged_;
  /// Where a kind of caller was allowed on a kind of route; asked when addresses are believed otherwise.
  std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, std::vector<AccessChange>> lost_addresses_;
  std::map<std::uint32_t, Totals> before_totals_;  // by route
  std::map<std::uint32_t, Totals> after_totals_;
  Plan plan_;
};

}  // namespace

bool must_be_accepted(const PlanRow& row) {
  if (!row.change.after) return false;
  switch (*row.change.after) {
    case Code::CredentialRevoked:
    case Code::CredentialExpired:
    case Code::CredentialUnknown:
      return false;
    default:
      return true;
  }
}

Span plan_horizon(WallTime at) {
  const WallTime from = std::chrono::floor<std::chrono::minutes>(at);
  return {from, from + std::chrono::hours(24 * 366)};
}

Plan plan(const Snapshot& before, const Snapshot& after, WallTime at) {
  return Planner(before, after, plan_horizon(at)).run();
}

}  // namespace reeve::explain
