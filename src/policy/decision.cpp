// SPDX-License-Identifier: Apache-2.0
// Every check once, whatever the others say: a reader is told all causes, and an explanation shows them all.
// What needs the route or the caller is unknown without it.
#include "policy/decision.h"

#include <algorithm>

#include "base/ascii.h"
#include "policy/media_type.h"

namespace reeve::policy {

namespace {

constexpr CheckOutcome kPass{.result = CheckResult::Pass};
constexpr CheckOutcome kSkipped{.result = CheckResult::Skipped};
constexpr CheckOutcome kUnknown{.result = CheckResult::Unknown};

constexpr CheckOutcome fail(Code code) {
  return {.result = CheckResult::Fail, .code = code};
}

class Judge {
 public:
  Judge(const Snapshot& snapshot, const Facts& facts, Decision& decision)
      : snapshot_(snapshot), facts_(facts), decision_(decision) {}

  void run() {
    decision_[Check::Request] = request();
    decision_[Check::GlobalNetwork] = network(snapshot_.global_networks);
    decision_[Check::Route] = route();
    decision_[Check::Method] = method();
    if (facts_.routed && facts_.match == RouteMatch::Kind::Found) {
      decision_.route = facts_.route;
      run_route(snapshot_.routes[facts_.route]);
    } else {
      for (auto i = static_cast<std::size_t>(Check::RouteNetwork); i < kCheckCount; ++i)
        decision_.checks[i] = kUnknown;
    }
  }

 private:
  void run_route(const Route& route) {
    if (facts_.credential.has_caller()) {
      decision_.caller = facts_.credential.caller;
      decision_.key = facts_.credential.key;
    }
    decision_[Check::RouteNetwork] = network(route.networks);
    decision_[Check::IpLimit] = ip_limit(route);
    decision_[Check::Credential] = credential(route);
    decision_[Check::CallerNetwork] = caller_network();
    decision_[Check::Hours] = hours(route);
    decision_[Check::Permission] = permission(route);
    decision_[Check::Body] = body(route);
    decision_[Check::Target] = route.maintenance ? fail(Code::Maintenance) : kPass;
    charges(route);
    for (const Charge& charge : decision_.charges)
      decision_[check_of(snapshot_.limits[charge.limit].kind)].result = CheckResult::Depends;
  }

  CheckOutcome request() const {
    if (facts_.request_flaw) return fail(*facts_.request_flaw);
    if (!facts_.routed || facts_.match != RouteMatch::Kind::Found) return kPass;
    const Route& route = snapshot_.routes[facts_.route];
    if (facts_.encoded_slash && !route.keep_encoded_slash) return fail(Code::RequestMalformed);
    if (facts_.upgrade.other || (facts_.upgrade.websocket && !route.websocket))
      return fail(Code::UpgradeRefused);
    return kPass;
  }

  CheckOutcome network(const NetworkRule& rule) const {
    if (rule.empty()) return kSkipped;
    if (facts_.any_address) return kPass;
    switch (judge(rule, snapshot_.network_lists, facts_.client)) {
      case NetworkVerdict::Blocked:
        return fail(Code::IpBlocked);
      case NetworkVerdict::NotAllowed:
        return fail(Code::IpNotAllowed);
      case NetworkVerdict::Pass:
        break;
    }
    return kPass;
  }

  CheckOutcome route() const {
    if (!facts_.routed) return kUnknown;
    using enum RouteMatch::Kind;
    return facts_.match == NoRoute || facts_.match == NoCondition ? fail(Code::RouteNotFound) : kPass;
  }

  CheckOutcome method() const {
    using enum RouteMatch::Kind;
    if (!facts_.routed || facts_.match == NoRoute || facts_.match == NoCondition) return kUnknown;
    if (facts_.match == NoMethod) return fail(Code::MethodNotAllowed);
    return snapshot_.routes[facts_.route].methods.empty() ? kSkipped : kPass;
  }

  CheckOutcome ip_limit(const Route& route) const {
    if (!snapshot_.any_knocking) return kSkipped;
    const auto knocking = [&](const LimitUse& use) { return snapshot_.limits[use.limit].on_refused; };
    if (!std::ranges::any_of(snapshot_.global_limits, knocking) &&
        !std::ranges::any_of(route.limits, knocking))
      return kSkipped;
    return facts_.knocking == kNone ? kPass : fail(Code::RateLimited);
  }

  CheckOutcome credential(const Route& route) const {
    if (route.acceptance.none_only()) return kSkipped;
    return facts_.credential.passed() ? kPass : fail(facts_.credential.code);
  }

  CheckOutcome caller_network() const {
    if (!facts_.credential.passed()) return kUnknown;
    const CallerExtra* extra = caller_extra();
    return extra == nullptr ? kSkipped : network(extra->networks);
  }

  CheckOutcome hours(const Route& route) const {
    if (route.hours.empty()) return kSkipped;
    return facts_.any_time || open_at(route.hours, snapshot_.zones, facts_.now) ? kPass
                                                                                : fail(Code::OutsideHours);
  }

  CheckOutcome permission(const Route& route) const {
    if (route.require.empty()) return kSkipped;
    if (!facts_.credential.passed()) return kUnknown;
    if (decision_.caller == kNone) return fail(Code::PermissionMissing);
    const std::uint32_t grant = snapshot_.callers[decision_.caller].grant;
    for (const Requirement& requirement : route.require)
      if (!snapshot_.grants.has(grant, requirement.permission)) return fail(Code::PermissionMissing);
    return kPass;
  }

  CheckOutcome body(const Route& route) const {
    if (!route.body_max && route.body_types.empty()) return kSkipped;
    const http::RequestHead& head = *facts_.head;
    const bool none = head.body == http::BodyKind::None ||
                      (head.body == http::BodyKind::Length && head.content_length == 0);
    if (none) return kPass;
    if (route.body_max && head.body == http::BodyKind::Length && head.content_length > *route.body_max)
      return fail(Code::BodyTooLarge);
    if (!route.body_types.empty()) {
      const http::FieldLine* type = head.find(http::FieldId::ContentType);
      if (type == nullptr || !accepted(route.body_types, head.value(*type)))
        return fail(Code::BodyTypeRefused);
    }
    return kPass;
  }

  const CallerExtra* caller_extra() const {
    if (decision_.caller == kNone) return nullptr;
    const std::uint32_t extra = snapshot_.callers[decision_.caller].extra;
    return extra == kNone ? nullptr : &snapshot_.caller_extras[extra];
  }

  // Concurrency first, since it is given back soonest; within a kind from the widest scope to the narrowest.
  void charges(const Route& route) {
    if (snapshot_.limits.empty()) return;
    const Team* team = nullptr;
    if (decision_.caller != kNone && snapshot_.callers[decision_.caller].team != kNone)
      team = &snapshot_.teams[snapshot_.callers[decision_.caller].team];
    const CallerExtra* extra = caller_extra();
    for (const LimitKind kind : {LimitKind::Concurrency, LimitKind::Rate, LimitKind::Quota}) {
      add(snapshot_.global_limits, Charge::From::Global, kind);
      add(route.limits, Charge::From::Route, kind);
      if (team != nullptr) add(team->limits, Charge::From::Team, kind);
      if (extra != nullptr) add(extra->limits, Charge::From::Caller, kind);
    }
  }

  void add(const std::vector<LimitUse>& uses, Charge::From from, LimitKind kind) {
    for (std::size_t i = 0; i < uses.size(); ++i) {
      const Limit& limit = snapshot_.limits[uses[i].limit];
      if (limit.kind != kind || limit.on_refused) continue;
      const auto same = [&](const Charge& charge) { return charge.limit == uses[i].limit; };
      if (std::ranges::none_of(decision_.charges, same))
        decision_.charges.push_back({uses[i].limit, from, static_cast<std::uint16_t>(i)});
    }
  }

  const Snapshot& snapshot_;
  const Facts& facts_;
  Decision& decision_;
};

}  // namespace

std::optional<Check> Decision::refused_by() const {
  for (std::size_t i = 0; i < kCheckCount; ++i)
    if (checks[i].result == CheckResult::Fail) return static_cast<Check>(i);
  return std::nullopt;
}

Check check_of(LimitKind kind) {
  switch (kind) {
    case LimitKind::Concurrency:
      return Check::Concurrency;
    case LimitKind::Rate:
      return Check::Rate;
    case LimitKind::Quota:
      break;
  }
  return Check::Quota;
}

void decide(const Snapshot& snapshot, const Facts& facts, Decision& decision) {
  Judge(snapshot, facts, decision).run();
}

bool conceals(const Snapshot& snapshot, const Facts& facts, const Decision& decision) {
  const std::optional<Check> check = decision.refused_by();
  if (!check || !facts.routed || facts.route == kNone) return false;
  // A resource with visible routes is no secret, whatever the method.
  if (*check == Check::Method) return snapshot.route_table.allow(facts.resource).empty();
  const bool by_route = *check >= Check::Method && *check <= Check::Body;
  const bool by_its_request_rules = *check == Check::Request && !facts.request_flaw;
  return (by_route || by_its_request_rules) && snapshot.routes[facts.route].hidden;
}

}  // namespace reeve::policy
