// SPDX-License-Identifier: Apache-2.0
// A policy as its author thinks of it: names and texts, nothing resolved; written out as YAML for the loader,
// and read as it is by the simple evaluator (property_evaluator_test_support.h). Tests only.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/property_time_test_support.h"

namespace reeve::config::simple {

using Texts = std::vector<std::string>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Rule {
  std::optional<Texts> allow;
  std::optional<Texts> deny;
};
struct Hours {
  Texts days;             ///< empty = not written; so are the others
  std::string from, to;   ///< "08:00"
  std::string zone = "";  ///< "" = UTC
};
struct Limit {
  std::string name;
  std::string kind;          ///< rate | quota | concurrency
  std::int64_t count = 1;    ///< of the rate, the amount, the most
  std::string time;          ///< of the rate: "1m"; of the quota: "day"
  std::int64_t time_ns = 0;  ///< of the rate
  std::optional<std::int64_t> burst;
  std::string zone;
  Texts per;
  bool on_refused = false;
  bool dry_run = false;
};
struct Key {
  std::string id;
  std::string text;  ///< what its holder sends
  bool foreign = false;
  std::string env;  ///< "" = not written
  std::optional<std::int64_t> not_before, expires, revoked_at;
  bool revoked = false;
};
struct Caller {
  std::string name;
  std::string team;  ///< "" = none
  Texts roles;
  Rule networks;
  Texts limits;
  std::vector<Key> keys;
};
struct Team {
  std::string name;
  std::string organisation;  ///< "" = none
  Texts roles;
  Texts limits;
};
struct Route {
  std::string name;
  Texts hosts;  ///< empty = any
  Texts paths;
  Texts methods;  ///< empty = all
  Pairs headers, query;
  Texts authenticate;
  Texts require;
  Rule networks;
  Texts limits;
  std::vector<Hours> hours;
  std::optional<std::uint64_t> body_max;
  Texts body_types;
  bool hidden = false, enabled = true, keep_slash = false, websocket = false, maintenance = false;
  std::string key_in_query;  ///< "" = no
};
struct Policy {
  std::string environment;  ///< "" = live
  std::map<std::string, Texts> networks, roles;
  Texts organisations;
  std::vector<Team> teams;
  std::vector<Limit> limits;
  Rule global;
  Texts global_limits;
  std::vector<Route> routes;
  std::vector<Caller> callers;
};

// ---- as YAML ----

inline std::string list(const Texts& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? " \"" : ", \"") + text + "\"";
  return "[" + out + " ]";
}
inline std::string table(const Pairs& pairs) {
  std::string out;
  for (const auto& [name, value] : pairs)
    out += fmt::format("{} {}: \"{}\"", out.empty() ? "" : ",", name, value);
  return "{" + out + " }";
}
inline std::string rule(const Rule& rule) {
  std::string out;
  if (rule.allow) out += " allow: " + list(*rule.allow);
  if (rule.deny) out += (out.empty() ? " deny: " : ", deny: ") + list(*rule.deny);
  return "{" + out + " }";
}
inline bool written(const Rule& rule) {
  return rule.allow || rule.deny;
}

inline std::string yaml(const Limit& limit) {
  std::string out = fmt::format("  {}: {{ ", limit.name);
  if (limit.kind == "concurrency")
    out += fmt::format("concurrency: {}", limit.count);
  else
    out += fmt::format("{}: {}/{}", limit.kind, limit.count, limit.time);
  if (limit.burst) out += fmt::format(", burst: {}", *limit.burst);
  if (!limit.zone.empty()) out += ", zone: " + limit.zone;
  out += ", per: " + (limit.per.size() == 1 ? limit.per[0] : list(limit.per));
  if (limit.on_refused) out += ", on: refused";
  if (limit.dry_run) out += ", dry_run: true";
  return out + " }\n";
}

/// `hash_of` gives 64 digits for what a key's entry holds the hash of.
template <class HashOf>
std::string yaml(const Caller& caller, HashOf&& hash_of) {
  std::string out = fmt::format("  - {{ name: {}", caller.name);
  if (!caller.team.empty()) out += ", team: " + caller.team;
  if (!caller.roles.empty()) out += ", roles: " + list(caller.roles);
  if (written(caller.networks)) out += ", networks: " + rule(caller.networks);
  if (!caller.limits.empty()) out += ", limits: " + list(caller.limits);
  if (caller.keys.empty()) return out + " }\n";
  out += ",\n      keys: [";
  for (const Key& key : caller.keys) {
    // The secret is the 30 characters behind prefix and id.
    out += fmt::format("\n        {{ id: \"{}\", {}: \"sha256:{}\"", key.id, key.foreign ? "foreign" : "hash",
                       hash_of(key.foreign ? key.text : key.text.substr(16, 30)));
    if (!key.env.empty()) out += ", env: " + key.env;
    if (key.not_before) out += fmt::format(", not_before: {}", time_text(*key.not_before));
    if (key.expires) out += fmt::format(", expires: {}", time_text(*key.expires));
    if (key.revoked_at) out += fmt::format(", revoked: {}", time_text(*key.revoked_at));
    if (key.revoked) out += ", revoked: true";
    out += " },";
  }
  return out + " ] }\n";
}

inline std::string yaml(const Hours& hours) {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out += fmt::format("{}{}: {}", out.empty() ? " " : ", ", name, value);
  };
  if (hours.days.size() == 1) add("days", hours.days[0]);
  if (hours.days.size() > 1) add("days", list(hours.days));
  add("from", hours.from.empty() ? "" : "\"" + hours.from + "\"");
  add("to", hours.to.empty() ? "" : "\"" + hours.to + "\"");
  add("zone", hours.zone);
  return "{" + out + " }";
}

inline std::string yaml(const Route& route) {
  std::string out = fmt::format("  - name: {}\n    match: {{ path: {}", route.name,
                                route.paths.size() == 1 ? "\"" + route.paths[0] + "\"" : list(route.paths));
  if (!route.hosts.empty()) out += ", host: " + list(route.hosts);
  if (!route.methods.empty()) out += ", methods: " + list(route.methods);
  if (!route.headers.empty()) out += ", headers: " + table(route.headers);
  if (!route.query.empty()) out += ", query: " + table(route.query);
  out += " }\n";
  if (!route.authenticate.empty()) out += "    authenticate: " + list(route.authenticate) + "\n";
  if (!route.require.empty()) out += "    require: " + list(route.require) + "\n";
  if (written(route.networks)) out += "    networks: " + rule(route.networks) + "\n";
  if (!route.limits.empty()) out += "    limits: " + list(route.limits) + "\n";
  if (!route.hours.empty()) {
    out += "    hours:\n";
    for (const Hours& hours : route.hours) out += "      - " + yaml(hours) + "\n";
  }
  if (route.body_max || !route.body_types.empty()) {
    out += "    body: {";
    if (route.body_max) out += fmt::format(" max: {}B", *route.body_max);
    if (!route.body_types.empty())
      out += fmt::format("{} types: {}", route.body_max ? "," : "", list(route.body_types));
    out += " }\n";
  }
  if (route.hidden) out += "    hidden: true\n";
  if (!route.enabled) out += "    enabled: false\n";
  if (route.keep_slash) out += "    encoded_slash: keep\n";
  if (route.websocket) out += "    upgrade: [ websocket ]\n";
  if (route.maintenance) out += "    maintenance: { retry_after: 10m }\n";
  if (!route.key_in_query.empty()) out += "    key_in_query: " + route.key_in_query + "\n";
  return out + "    respond: { status: 200 }\n";
}

template <class HashOf>
std::string yaml(const Policy& policy, HashOf&& hash_of) {
  std::string out = "defaults: { authenticate: [ key ] }\n";
  if (!policy.environment.empty()) out += "environment: " + policy.environment + "\n";
  for (const auto& [section, entries] :
       {std::pair{"networks", &policy.networks}, std::pair{"roles", &policy.roles}}) {
    if (entries->empty()) continue;
    out += fmt::format("{}:\n", section);
    for (const auto& [name, texts] : *entries) out += fmt::format("  {}: {}\n", name, list(texts));
  }
  if (!policy.organisations.empty()) out += "organisations:\n";
  for (const std::string& name : policy.organisations) out += fmt::format("  {}: {{}}\n", name);
  if (!policy.teams.empty()) out += "teams:\n";
  for (const Team& team : policy.teams) {
    out += fmt::format("  {}: {{ roles: {}", team.name, list(team.roles));
    if (!team.organisation.empty()) out += ", organisation: " + team.organisation;
    if (!team.limits.empty()) out += ", limits: " + list(team.limits);
    out += " }\n";
  }
  if (!policy.limits.empty()) out += "limits:\n";
  for (const Limit& limit : policy.limits) out += yaml(limit);
  out += "global: { networks: " + rule(policy.global) + ", limits: " + list(policy.global_limits) + " }\n";
  out += "routes:\n";
  for (const Route& route : policy.routes) out += yaml(route);
  if (!policy.callers.empty()) out += "callers:\n";
  for (const Caller& caller : policy.callers) out += yaml(caller, hash_of);
  return out;
}

}  // namespace reeve::config::simple
