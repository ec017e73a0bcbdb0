// SPDX-License-Identifier: Apache-2.0
// The second evaluator: what the contract (4.2) and the rules say of a request under a policy, written down
// as naively as it can be, on texts. No table, no bits, no index: every list is walked from its beginning.
// Counters are in property_counters_test_support.h. Tests only.
#pragma once

#include <array>

#include "config/property_rules_test_support.h"

namespace reeve::config::simple {

/// In the order of the contract, 4.2.
inline const Texts kOrder = {"request",    "global_network", "route",          "method",      "route_network",
                             "ip_limit",   "credential",     "caller_network", "hours",       "quarantine",
                             "permission", "model",          "body",           "concurrency", "rate",
                             "quota",      "budget",         "target"};

/// By name of the check: `pass`, `skipped`, `unknown`, `depends`, or a code.
class Checks {
 public:
  std::string& operator[](std::string_view check) { return results_[place(check)]; }
  const std::string& at(std::string_view check) const { return results_[place(check)]; }
  static std::size_t place(std::string_view check) {
    return static_cast<std::size_t>(std::ranges::find(kOrder, check) - kOrder.begin());
  }

 private:
  std::array<std::string, 18> results_;
};

inline bool is_code(const std::string& result) {
  return result != "pass" && result != "skipped" && result != "unknown" && result != "depends";
}
/// The first that fails, or "".
inline std::string first_failing(const Checks& checks) {
  for (const std::string& check : kOrder)
    if (is_code(checks.at(check))) return check;
  return "";
}

struct Outcome {
  Checks checks;
  const Route* route = nullptr;  ///< found
  const Caller* caller = nullptr;
  const Key* key = nullptr;
  Texts charges;  ///< names of limits
  bool concealed = false;
};

// ---- routes ----

/// How well a path fits, compared from the left: literal 3, {x}:literal 2, {x} 1, the rest 0; "-" = not.
inline std::string fit(const std::string& pattern, const std::string& path) {
  const Texts wanted = split(pattern.substr(1), '/');
  const Texts came = split(path.substr(1), '/');
  std::string ranks = "=";
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string& segment = wanted[i];
    if (segment.find("...}") != std::string::npos) return came.size() > i ? ranks + "0" : "-";
    if (i >= came.size()) return "-";
    const std::size_t brace = segment.find('}');
    if (brace == std::string::npos) {
      if (segment != came[i]) return "-";
      ranks += "3";
    } else {
      const std::string suffix = segment.substr(brace + 1);
      if (came[i].size() <= suffix.size() || !came[i].ends_with(suffix)) return "-";
      ranks += suffix.empty() ? "1" : "2";
    }
  }
  return came.size() == wanted.size() ? ranks : "-";
}

/// Other names of parameters make no other path.
inline std::string nameless(const std::string& pattern) {
  std::string out;
  bool inside = false;
  for (const char c : pattern) {
    if (c == '}') inside = false;
    if (!inside || c == '.') out += c;
    if (c == '{') inside = true;
  }
  return out;
}
inline std::string host_of(const std::string& sent) {
  std::string host = lower(sent.substr(0, sent.find(':')));
  if (host.ends_with('.')) host.pop_back();
  return host;
}
inline bool has_method(const Route& route, const std::string& method) {
  return route.methods.empty() || contains(route.methods, method) ||
         (method == "HEAD" && contains(route.methods, "GET"));
}
inline bool conditions_met(const Route& route, const Request& request) {
  const auto met = [](const auto& condition, const Pairs& pairs, bool any_case) {
    return std::ranges::any_of(pairs, [&](const auto& pair) {
      return (any_case ? lower(pair.first) : pair.first) == condition.first &&
             (condition.second == "present" || pair.second == condition.second);
    });
  };
  for (const auto& condition : route.headers)
    if (!met(condition, request.headers, true)) return false;
  for (const auto& condition : route.query)
    if (!met(condition, parameters(request), false)) return false;
  return true;
}

/// The routes of the resource that host and path lead to.
inline std::vector<const Route*> resource_of(const Policy& policy, const Request& request) {
  const std::string host = host_of(request.host);
  // Host first: exact, then suffixes from the longest to the shortest, then none.
  Texts levels = {host};
  for (std::size_t dot = host.find('.'); dot != std::string::npos; dot = host.find('.', dot + 1))
    levels.push_back("*" + host.substr(dot));
  levels.push_back("");
  for (const std::string& level : levels) {
    std::string best = "-";
    std::string best_pattern;
    std::vector<const Route*> routes;
    for (const Route& route : policy.routes) {
      if (!route.enabled) continue;
      if (level.empty() ? !route.hosts.empty() : !contains(route.hosts, level)) continue;
      for (const std::string& pattern : route.paths) {
        const std::string fits = fit(pattern, request.path);
        if (fits == "-" || (best != "-" && fits < best)) continue;
        if (fits != best) routes.clear();
        best = fits;
        best_pattern = nameless(pattern);
        routes.push_back(&route);
      }
    }
    if (!routes.empty()) return routes;
  }
  return {};
}

// ---- limits, and all together ----

inline const Limit& limit_named(const Policy& policy, const std::string& name) {
  return *std::ranges::find(policy.limits, name, &Limit::name);
}

/// Those that apply, each once, in the order in which they are taken.
inline Texts charges(const Policy& policy, const Route& route, const Caller* caller) {
  std::vector<Texts> lists = {policy.global_limits, route.limits};
  if (caller != nullptr) {
    for (const Team& team : policy.teams)
      if (team.name == caller->team) lists.push_back(team.limits);
    lists.push_back(caller->limits);
  }
  Texts taken;
  for (const char* kind : {"concurrency", "rate", "quota"})
    for (const Texts& names : lists)
      for (const std::string& name : names) {
        const Limit& limit = limit_named(policy, name);
        if (limit.kind == kind && !limit.on_refused && !contains(taken, name)) taken.push_back(name);
      }
  return taken;
}
/// The limits on refusals that hold for this route, or without one.
inline Texts knocking(const Policy& policy, const Route* route) {
  Texts names;
  for (const Texts& list : {policy.global_limits, route == nullptr ? Texts{} : route->limits})
    for (const std::string& name : list)
      if (limit_named(policy, name).on_refused && !contains(names, name)) names.push_back(name);
  return names;
}

/// What a path that no route can serve is refused for.
inline bool bad_path(const std::string& path) {
  for (const char* bad : {"%zz", "%00", "\\", "%5C", "/..;"})
    if (path.find(bad) != std::string::npos) return true;
  return false;
}

/// What the found route says of the request, and of the caller.
inline void judge_route(const Policy& policy, const Request& request, const Route& route, bool knocked,
                        Outcome& out) {
  Checks& checks = out.checks;
  if (checks["request"] == "pass" && request.path.find("%2F") != std::string::npos && !route.keep_slash)
    checks["request"] = "request-malformed";
  if (checks["request"] == "pass" && upgrade_refused(route, request)) checks["request"] = "upgrade-refused";
  checks["method"] = route.methods.empty() ? "skipped" : "pass";
  checks["route_network"] = network(policy, route.networks, request.client);
  if (!knocking(policy, &route).empty()) checks["ip_limit"] = knocked ? "rate-limited" : "pass";

  const Texts accepted = route.authenticate.empty() ? Texts{"key"} : route.authenticate;
  const Verdict verdict = verdict_of(policy, request, route, accepted);
  out.caller = verdict.caller;
  out.key = verdict.key;
  if (accepted != Texts{"none"}) checks["credential"] = verdict.code.empty() ? "pass" : verdict.code;
  if (!verdict.code.empty())
    checks["caller_network"] = "unknown";
  else if (verdict.caller != nullptr)
    checks["caller_network"] = network(policy, verdict.caller->networks, request.client);

  const auto now = static_cast<std::int64_t>(request.wall_ns / 1'000'000'000);
  if (!route.hours.empty())
    checks["hours"] = std::ranges::any_of(route.hours, [&](const Hours& h) { return open_now(h, now); })
                          ? "pass"
                          : "outside-hours";
  if (!route.require.empty()) {
    checks["permission"] = "pass";
    for (const std::string& permission : route.require)
      if (verdict.caller == nullptr || !granted(policy, *verdict.caller, permission))
        checks["permission"] = "permission-missing";
    if (!verdict.code.empty()) checks["permission"] = "unknown";
  }
  checks["body"] = body(route, request);
  out.charges = charges(policy, route, verdict.caller);
  for (const std::string& name : out.charges) checks[limit_named(policy, name).kind] = "depends";
  checks["target"] = route.maintenance ? "maintenance" : "pass";
}

/// `knocked`: asks whether a limit on refusals of that route is exhausted for this address.
template <class Knocked>
Outcome evaluate(const Policy& policy, const Request& request, Knocked&& knocked) {
  Outcome out;
  for (const std::string& check : kOrder) out.checks[check] = "skipped";
  Checks& checks = out.checks;
  checks["request"] = !request.flaw.empty()    ? request.flaw
                      : bad_path(request.path) ? "request-malformed"
                                               : "pass";
  checks["global_network"] = network(policy, policy.global, request.client);
  const auto unknown_from = [&](const std::string& first) {
    for (auto check = std::ranges::find(kOrder, first); check != kOrder.end(); ++check)
      checks[*check] = "unknown";
  };
  if (checks["request"] != "pass") {
    unknown_from("route");
    return out;
  }
  const std::vector<const Route*> resource = resource_of(policy, request);
  std::vector<const Route*> with_method;
  for (const Route* route : resource)
    if (has_method(*route, request.method)) with_method.push_back(route);
  std::size_t most = 0;
  for (const Route* route : with_method) {
    const std::size_t conditions = route->headers.size() + route->query.size() + 1;
    if (!conditions_met(*route, request) || conditions <= most) continue;
    most = conditions;
    out.route = route;
  }
  checks["route"] = "pass";
  if (resource.empty() || (out.route == nullptr && !with_method.empty())) {
    unknown_from("method");
    checks["route"] = "route-not-found";
  } else if (out.route == nullptr) {
    unknown_from("route_network");
    checks["method"] = "method-not-allowed";
    out.concealed = first_failing(checks) == "method" &&
                    std::ranges::all_of(resource, [](const Route* route) { return route->hidden; });
  } else {
    judge_route(policy, request, *out.route, knocked(out.route), out);
    const std::string first = first_failing(checks);
    out.concealed = out.route->hidden && !first.empty() &&
                    (first == "request" || (Checks::place(first) >= Checks::place("method") &&
                                            Checks::place(first) <= Checks::place("body")));
  }
  return out;
}

}  // namespace reeve::config::simple
