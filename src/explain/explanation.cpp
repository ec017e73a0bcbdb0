// SPDX-License-Identifier: Apache-2.0
// Members come in the order of the contract's example, so that people find things where they expect them.
#include "explain/explanation.h"

#include <algorithm>

#include "explain/texts.h"

namespace reeve::explain {

namespace {

using policy::CheckResult;

void text_or_null(json::Writer& json, std::string_view key, std::string_view text) {
  json.key(key);
  if (text.empty()) {
    json.null();
  } else {
    json.string(text);
  }
}

void write_check(const CheckView& view, json::Writer& json) {
  json.begin_object().field("check", name(view.check)).field("result", name(view.result));
  if (view.code) json.field("code", facts(*view.code).name);
  if (!view.saw.empty()) json.field("saw", view.saw);
  if (!view.wanted.empty()) json.field("wanted", view.wanted);
  if (!view.limit.empty()) json.field("limit", view.limit);
  if (view.left) json.field("left", *view.left);
  if (view.resets_at) json.field("resets_at", to_rfc3339_seconds(*view.resets_at));
  if (!view.at.empty()) json.field("at", view.at);
  if (!view.defined.empty()) json.field("defined", view.defined);
  if (!view.nearest.empty()) {
    json.key("nearest").begin_array();
    for (const NearRoute& near : view.nearest)
      json.begin_object()
          .field("route", near.route)
          .field("at", near.at)
          .field("differs", near.differs)
          .end_object();
    json.end_array();
  }
  json.end_object();
}

void write_checks(const std::vector<CheckView>& checks, json::Writer& json) {
  json.key("checks").begin_array();
  for (const CheckView& view : checks) write_check(view, json);
  json.end_array();
}

void write_route(const std::optional<RouteShown>& route, json::Writer& json) {
  json.key("route");
  if (!route) {
    json.null();
    return;
  }
  json.begin_object().field("name", route->name);
  text_or_null(json, "at", route->at);
  json.end_object();
}

void write_outcome(const Judged& judged, json::Writer& json) {
  json.field("outcome", name(judged.outcome)).key("status");
  if (judged.status) {
    json.number(std::uint64_t{*judged.status});
  } else {
    json.null();
  }
  text_or_null(json, "code", judged.code ? facts(*judged.code).name : std::string_view{});
}

void write_caller(const std::optional<CallerShown>& caller, json::Writer& json) {
  json.key("caller");
  if (!caller) {
    json.null();
    return;
  }
  json.begin_object().field("name", caller->name);
  text_or_null(json, "team", caller->team);
  text_or_null(json, "key", caller->key);
  json.key("roles").begin_array();
  for (const RoleShown& role : caller->roles) {
    json.begin_object().field("role", role.role);
    text_or_null(json, "from", role.from);
    json.end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::Allow:
      return "allow";
    case Outcome::Deny:
      return "deny";
    case Outcome::Depends:
      break;
  }
  return "depends";
}

Outcome outcome_of(const policy::Decision& decision, const policy::Standings& standings) {
  if (decision.refused_by()) return Outcome::Deny;
  const bool taken = std::ranges::none_of(decision.checks, [](const policy::CheckOutcome& outcome) {
    return outcome.result == CheckResult::Depends;
  });
  if (taken) return Outcome::Allow;
  const bool full = std::ranges::any_of(standings, [](const policy::Standing& one) { return one.refuses(); });
  return full ? Outcome::Depends : Outcome::Allow;
}

Judged judged(const Refused& of) {
  Judged judged;
  judged.outcome = outcome_of(of.decision, of.standings);
  if (const std::optional<Check> check = of.decision.refused_by()) {
    judged.code = of.decision[*check].code;
    judged.hidden = policy::conceals(of.snapshot, of.facts, of.decision);
    judged.status = facts(judged.hidden ? Code::RouteNotFound : *judged.code).status;
  }
  if (of.decision.route != policy::kNone) {
    const policy::Route& route = of.snapshot.routes[of.decision.route];
    judged.route = RouteShown{route.name, place(of.snapshot, route.at)};
  }
  judged.checks = check_views(of);
  return judged;
}

std::optional<CallerShown> caller_shown(const Refused& of) {
  if (of.decision.caller == policy::kNone) return std::nullopt;
  const policy::Snapshot& snapshot = of.snapshot;
  const policy::Caller& caller = snapshot.callers[of.decision.caller];
  CallerShown shown{.name = caller.name, .team = {}, .key = {}, .roles = {}};
  const auto add = [&](const policy::RoleUse& use) {
    shown.roles.push_back({snapshot.roles[use.role].name, place(snapshot, use.at)});
  };
  for (std::uint32_t i = 0; i < caller.roles_count; ++i) add(snapshot.caller_roles[caller.roles_begin + i]);
  if (caller.team != policy::kNone) {
    const policy::Team& team = snapshot.teams[caller.team];
    shown.team = team.name;
    for (const policy::RoleUse& use : team.roles) add(use);
  }
  if (of.decision.key != policy::kNone) shown.key = snapshot.keys.id(of.decision.key);
  return shown;
}

void write_json(const Explanation& e, json::Writer& json) {
  json.begin_object();
  text_or_null(json, "decision", e.decision);
  json.field("time", to_rfc3339(e.time));
  write_outcome(e.judged, json);
  json.key("configuration").begin_object().field("hash", e.configuration_hash).key("loaded");
  if (e.available) {
    json.string(to_rfc3339_seconds(e.loaded));
  } else {
    json.null();
  }
  json.field("current", e.current).field("available", e.available).end_object();
  json.key("request").begin_object().field("method", e.request.method);
  text_or_null(json, "host", e.request.host);
  text_or_null(json, "path", e.request.path);
  text_or_null(json, "client_ip", e.request.client_ip);
  text_or_null(json, "client_ip_source", e.request.client_ip_source);
  json.field("truncated", e.request.truncated).end_object();
  write_caller(e.caller, json);
  write_route(e.judged.route, json);
  if (e.judged.hidden) json.field("hidden", true);
  write_checks(e.judged.checks, json);
  if (e.today) {
    json.key("today").begin_object();
    write_outcome(*e.today, json);
    write_route(e.today->route, json);
    write_checks(e.today->checks, json);
    json.end_object();
  }
  json.key("fixes").begin_array().end_array().end_object();
}

}  // namespace reeve::explain
