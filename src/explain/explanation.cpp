// SPDX-License-Identifier: Apache-2.0
#include "explain/explanation.h"

#include <fmt/format.h>

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

const policy::Caller* caller_of(const Refused& of) {
  return of.decision.caller == policy::kNone ? nullptr : &of.snapshot.callers[of.decision.caller];
}

const policy::Team* team_of(const Refused& of) {
  const policy::Caller* caller = caller_of(of);
  return caller == nullptr || caller->team == policy::kNone ? nullptr : &of.snapshot.teams[caller->team];
}

struct RoleShown {
  std::string_view role;
  SourcePos from;
};

std::vector<RoleShown> roles_of(const Refused& of) {
  std::vector<RoleShown> roles;
  const policy::Snapshot& snapshot = of.snapshot;
  const policy::Caller& caller = *caller_of(of);
  for (std::uint32_t i = 0; i < caller.roles_count; ++i) {
    const policy::RoleUse& use = snapshot.caller_roles[caller.roles_begin + i];
    roles.push_back({snapshot.roles[use.role].name, use.at});
  }
  if (const policy::Team* team = team_of(of))
    for (const policy::RoleUse& use : team->roles) roles.push_back({snapshot.roles[use.role].name, use.at});
  return roles;
}

void write_caller(const Refused& of, json::Writer& json) {
  json.key("caller");
  const policy::Caller* caller = caller_of(of);
  if (caller == nullptr) {
    json.null();
    return;
  }
  json.begin_object().field("name", caller->name);
  const policy::Team* team = team_of(of);
  text_or_null(json, "team", team == nullptr ? std::string_view{} : std::string_view(team->name));
  text_or_null(json, "key",
               of.decision.key == policy::kNone ? std::string_view{} : of.snapshot.keys.id(of.decision.key));
  json.key("roles").begin_array();
  for (const RoleShown& role : roles_of(of)) {
    json.begin_object().field("role", role.role);
    text_or_null(json, "from", place(of.snapshot, role.from));
    json.end_object();
  }
  json.end_array().end_object();
}

void write_check(const policy::Snapshot& snapshot, const CheckView& view, json::Writer& json) {
  json.begin_object().field("check", name(view.check)).field("result", name(view.result));
  if (view.code) json.field("code", facts(*view.code).name);
  if (!view.saw.empty()) json.field("saw", view.saw);
  if (!view.wanted.empty()) json.field("wanted", view.wanted);
  if (!view.limit.empty()) json.field("limit", view.limit);
  if (view.left) json.field("left", *view.left);
  if (view.resets_at) json.field("resets_at", to_rfc3339_seconds(*view.resets_at));
  if (view.at.line != 0) json.field("at", place(snapshot, view.at));
  if (view.defined.line != 0) json.field("defined", place(snapshot, view.defined));
  json.end_object();
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

void write_json(const Explanation& e, json::Writer& json) {
  const std::optional<Check> refused_by = e.of.decision.refused_by();
  const std::optional<Code> code =
      refused_by ? std::optional(e.of.decision[*refused_by].code) : std::optional<Code>();
  json.begin_object();
  text_or_null(json, "decision", e.decision_id);
  json.field("time", to_rfc3339(e.of.facts.now));
  json.field("outcome", name(outcome_of(e.of.decision, e.of.standings)));
  json.key("status");
  if (e.status) {
    json.number(std::uint64_t{*e.status});
  } else if (code) {
    json.number(std::uint64_t{facts(*code).status});
  } else {
    json.null();
  }
  text_or_null(json, "code", code ? facts(*code).name : std::string_view{});
  json.key("configuration")
      .begin_object()
      .field("hash", e.of.snapshot.hash)
      .field("loaded", to_rfc3339_seconds(e.loaded))
      .field("current", e.current)
      .field("available", true)
      .end_object();
  json.key("request").begin_object().field("method", e.request.method);
  text_or_null(json, "host", e.request.host);
  json.field("path", e.request.path);
  text_or_null(json, "client_ip", e.request.client_ip);
  text_or_null(json, "client_ip_source", e.request.client_ip_source);
  json.field("truncated", e.request.truncated).end_object();
  write_caller(e.of, json);
  json.key("route");
  if (e.of.decision.route == policy::kNone) {
    json.null();
  } else {
    const policy::Route& route = e.of.snapshot.routes[e.of.decision.route];
    json.begin_object().field("name", route.name).field("at", place(e.of.snapshot, route.at)).end_object();
  }
  if (policy::conceals(e.of.snapshot, e.of.facts, e.of.decision)) json.field("hidden", true);
  json.key("checks").begin_array();
  for (const CheckView& view : check_views(e.of)) write_check(e.of.snapshot, view, json);
  json.end_array().key("fixes").begin_array().end_array().end_object();
}

std::string write_text(const Explanation& e) {
  const std::optional<Check> refused_by = e.of.decision.refused_by();
  std::string out;
  const Outcome outcome = outcome_of(e.of.decision, e.of.standings);
  const auto line = [&](std::string_view label, std::string_view text) {
    if (!text.empty()) out += fmt::format("{:<11}{}\n", label, text);
  };
  if (refused_by) {
    const Code code = e.of.decision[*refused_by].code;
    out += fmt::format("denied: {} ({})\n\n", facts(code).name, facts(code).status);
  } else {
    out += fmt::format("{}\n\n",
                       outcome == Outcome::Allow ? "allowed" : "depends on a counter that is full now");
  }
  line("decision", e.decision_id);
  line("time", to_rfc3339_seconds(e.of.facts.now));
  line("request", fmt::format("{} {}{}", e.request.method, e.request.host, e.request.path));
  line("client", e.request.client_ip.empty()
                     ? std::string("no address")
                     : fmt::format("{} ({})", e.request.client_ip, e.request.client_ip_source));
  if (const policy::Caller* caller = caller_of(e.of)) {
    std::string roles;
    for (const RoleShown& role : roles_of(e.of)) {
      roles.append(roles.empty() ? "" : ", ").append(role.role);
      if (role.from.line != 0) roles.append(" (").append(place(e.of.snapshot, role.from)).append(")");
    }
    line("caller", caller->name);
    line("roles", roles);
  }
  if (e.of.decision.route != policy::kNone) {
    const policy::Route& route = e.of.snapshot.routes[e.of.decision.route];
    line("route", fmt::format("{} ({})", route.name, place(e.of.snapshot, route.at)));
  }
  out += '\n';
  for (const CheckView& view : check_views(e.of)) {
    if (view.result == CheckResult::Skipped) continue;
    out += fmt::format("{:<8} {:<15}", name(view.result), name(view.check));
    if (view.code) out += fmt::format(" {}", facts(*view.code).name);
    if (!view.limit.empty()) out += fmt::format(" {}", view.limit);
    if (view.left) out += fmt::format(" {} left", *view.left);
    if (!view.saw.empty()) out += fmt::format(" saw {}", view.saw);
    if (!view.wanted.empty()) out += fmt::format("; wanted {}", view.wanted);
    if (view.at.line != 0) out += fmt::format("  [{}]", place(e.of.snapshot, view.at));
    out += '\n';
  }
  return out;
}

}  // namespace reeve::explain
