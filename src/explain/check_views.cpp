// SPDX-License-Identifier: Apache-2.0
#include "explain/check_views.h"

#include <fmt/format.h>

namespace reeve::explain {

namespace {

using policy::CheckResult;

void append(std::string& list, std::string_view item) {
  list.append(list.empty() ? "" : ", ").append(item);
}

class Viewer {
 public:
  explicit Viewer(const Refused& of)
      : snapshot_(of.snapshot),
        facts_(of.facts),
        decision_(of.decision),
        standings_(of.standings),
        context_(of.context),
        route_(of.decision.route == policy::kNone ? nullptr : &of.snapshot.routes[of.decision.route]) {}

  std::vector<CheckView> all() {
    std::vector<CheckView> views;
    for (std::size_t i = 0; i < kCheckCount; ++i) {
      const auto check = static_cast<Check>(i);
      if (check == Check::Concurrency || check == Check::Rate || check == Check::Quota) {
        add_counters(check, views);
      } else {
        views.push_back(view(check));
      }
    }
    return views;
  }

 private:
  std::string at(SourcePos pos) const { return place(snapshot_, pos); }

  CheckView view(Check check) const {
    const policy::CheckOutcome& outcome = decision_[check];
    CheckView view{.check = check, .result = outcome.result};
    if (outcome.result == CheckResult::Fail) view.code = outcome.code;
    if (outcome.result == CheckResult::Skipped || outcome.result == CheckResult::Unknown) return view;
    switch (check) {
      case Check::Request:
        view.saw = context_;
        break;
      case Check::GlobalNetwork:
        show_network(snapshot_.global_networks, view);
        break;
      case Check::Route:
        if (route_ != nullptr) view.at = at(route_->at);
        if (view.code == Code::RouteNotFound) view.nearest = nearest_routes(snapshot_, *facts_.head);
        break;
      case Check::Method:
        show_method(view);
        break;
      case Check::RouteNetwork:
        show_network(route_->networks, view);
        break;
      case Check::IpLimit:
        if (facts_.knocking != policy::kNone) show_knocking(view);
        break;
      case Check::Credential:
        show_credential(view);
        break;
      case Check::CallerNetwork:
        show_network(snapshot_.caller_extras[snapshot_.callers[decision_.caller].extra].networks, view);
        break;
      case Check::Hours:
        show_hours(view);
        break;
      case Check::Permission:
        show_permission(view);
        break;
      case Check::Body:
        show_body(view);
        break;
      case Check::Target:
        if (view.code == Code::Maintenance) view.at = at(route_->maintenance->at);
        break;
      default:
        break;
    }
    return view;
  }

  void show_network(const policy::NetworkRule& rule, CheckView& view) const {
    view.saw = facts_.client ? facts_.client->to_string() : "no address";
    const auto names = [&](const std::vector<policy::NetworkRule::Use>& uses) {
      std::string text;
      for (const policy::NetworkRule::Use& use : uses) {
        const policy::NetworkList& list = snapshot_.network_lists[use.list];
        if (!list.name.empty()) {
          append(text, list.name);
        } else {
          for (const policy::AddressSet::Entry& entry : list.set.entries())
            append(text, entry.network.to_string());
        }
      }
      return text;
    };
    if (rule.restricted) view.wanted = names(rule.allow);
    if (!rule.deny.empty()) append(view.wanted, "not " + names(rule.deny));
    view.at = at(rule.restricted ? rule.allow_at : rule.deny.front().at);
    if (view.code != Code::IpBlocked || !facts_.client) return;
    // The deny entry that matched: of a list with a name the name's place in the rule, else the literal's
    // own.
    for (const policy::NetworkRule::Use& use : rule.deny) {
      const policy::NetworkList& list = snapshot_.network_lists[use.list];
      const policy::AddressSet::Entry* entry = list.set.entry_of(*facts_.client);
      if (entry == nullptr) continue;
      view.at = at(list.name.empty() ? entry->at : use.at);
      return;
    }
  }

  void show_knocking(CheckView& view) const {
    const policy::Limit& limit = snapshot_.limits[facts_.knocking];
    view.limit = limit.name;
    view.defined = at(limit.at);
    for (const auto* uses : {&snapshot_.global_limits, &route_->limits})
      for (const policy::LimitUse& use : *uses)
        if (use.limit == facts_.knocking && view.at.empty()) view.at = at(use.at);
  }

  void show_method(CheckView& view) const {
    view.saw = facts_.head->method_text;
    if (facts_.resource != policy::kNone) view.wanted = snapshot_.route_table.allow(facts_.resource);
    if (facts_.route != policy::kNone) view.at = at(snapshot_.routes[facts_.route].methods_at);
  }

  void show_credential(CheckView& view) const {
    const policy::CredentialVerdict& verdict = facts_.credential;
    using State = policy::CredentialVerdict::State;
    if (verdict.state == State::Assumed) {
      view.saw = "assumed";
    } else if (verdict.key != policy::kNone) {
      view.saw = fmt::format("key {}", snapshot_.keys.id(verdict.key));
      if (verdict.place != policy::CredentialPlace::None)
        view.saw.append(" in ").append(policy::describe(verdict.place));
    } else if (verdict.place != policy::CredentialPlace::None) {
      view.saw = fmt::format("a credential in {}", policy::describe(verdict.place));
    } else {
      view.saw = "none";
    }
    if (!verdict.context.empty()) view.saw.append(": ").append(verdict.context);
    view.wanted = route_->acceptance.none ? (route_->acceptance.key ? "none or key" : "none") : "key";
    view.at = at(route_->acceptance.at);
    if (verdict.key == policy::kNone) return;
    const policy::Key& key = snapshot_.keys[verdict.key];
    const policy::KeyDates* dates = snapshot_.keys.dates(key);
    view.at = at(key.at);
    if (view.code == Code::CredentialExpired && dates != nullptr) view.at = at(dates->expires_at);
    if (view.code == Code::CredentialNotYetValid && dates != nullptr) view.at = at(dates->not_before_at);
    if (view.code == Code::CredentialRevoked && dates != nullptr) view.at = at(dates->revoked_pos);
  }

  void show_hours(CheckView& view) const {
    const policy::Zone& zone = snapshot_.zones[route_->hours.front().zone];
    const policy::LocalMinute local = policy::local_minute(zone, facts_.now);
    view.saw = describe(local, zone);
    view.wanted = describe(route_->hours, snapshot_.zones);
    view.at = at(route_->hours_at);
  }

  void show_permission(CheckView& view) const {
    view.at = at(route_->require.front().at);
    bool found = false;
    for (const policy::Requirement& requirement : route_->require) {
      const bool held =
          decision_.caller != policy::kNone &&
          snapshot_.grants.has(snapshot_.callers[decision_.caller].grant, requirement.permission);
      const std::string& permission = snapshot_.permissions[requirement.permission];
      append(view.wanted, permission);
      if (held) append(view.saw, permission);
      if (!held && !found) {
        view.at = at(requirement.at);
        found = true;
      }
    }
    if (view.saw.empty()) view.saw = "none of them";
  }

  void show_body(CheckView& view) const {
    const http::RequestHead& head = *facts_.head;
    const http::FieldLine* type = head.find(http::FieldId::ContentType);
    if (head.body == http::BodyKind::Length) view.saw = fmt::format("{} bytes", head.content_length);
    if (head.body == http::BodyKind::Chunked) view.saw = "a body of unknown length";
    if (head.body == http::BodyKind::None) view.saw = "no body";
    if (type != nullptr) view.saw.append(", ").append(policy::without_parameters(head.value(*type)));
    if (route_->body_max) view.wanted = fmt::format("at most {} bytes", *route_->body_max);
    std::string types;
    for (const policy::MediaType& one : route_->body_types) append(types, one.text);
    if (!types.empty()) append(view.wanted, types);
    view.at = at(view.code == Code::BodyTypeRefused || !route_->body_max ? route_->body_types_at
                                                                         : route_->body_max_at);
  }

  SourcePos use_of(const policy::Charge& charge) const {
    switch (charge.from) {
      case policy::Charge::From::Global:
        return snapshot_.global_limits[charge.index].at;
      case policy::Charge::From::Route:
        return route_->limits[charge.index].at;
      case policy::Charge::From::Team:
        return snapshot_.teams[snapshot_.callers[decision_.caller].team].limits[charge.index].at;
      case policy::Charge::From::Caller:
        break;
    }
    return snapshot_.caller_extras[snapshot_.callers[decision_.caller].extra].limits[charge.index].at;
  }

  void add_counters(Check check, std::vector<CheckView>& views) const {
    const std::size_t before = views.size();
    for (const policy::Charge& charge : decision_.charges) {
      const policy::Limit& limit = snapshot_.limits[charge.limit];
      if (policy::check_of(limit.kind) != check) continue;
      CheckView view{.check = check,
                     .result = CheckResult::Depends,
                     .at = at(use_of(charge)),
                     .limit = limit.name,
                     .defined = at(limit.at)};
      for (const policy::Standing& standing : standings_) {
        if (standing.limit != charge.limit) continue;
        view.left = standing.left;
        view.resets_at = standing.resets_at;
        if (decision_[check].result == CheckResult::Depends) continue;
        view.result = standing.refuses() ? CheckResult::Fail : CheckResult::Pass;
        if (standing.refuses()) view.code = decision_[check].code;
      }
      views.push_back(std::move(view));
    }
    if (views.size() == before) views.push_back({.check = check, .result = decision_[check].result});
  }

  const policy::Snapshot& snapshot_;
  const policy::Facts& facts_;
  const policy::Decision& decision_;
  const policy::Standings& standings_;
  std::string_view context_;
  const policy::Route* route_;
};

}  // namespace

std::vector<CheckView> check_views(const Refused& of) {
  return Viewer(of).all();
}

std::string_view name(policy::CheckResult result) {
  switch (result) {
    case CheckResult::Skipped:
      return "skipped";
    case CheckResult::Pass:
      return "pass";
    case CheckResult::Fail:
      return "fail";
    case CheckResult::Depends:
      return "depends";
    case CheckResult::Unknown:
      break;
  }
  return "unknown";
}

}  // namespace reeve::explain
