// SPDX-License-Identifier: Apache-2.0
// Policies and requests by chance, out of few names, so that they meet: small lists of networks, permissions,
// paths, keys and moments near which clocks are set. Tests only.
#pragma once

#include "base/prng.h"
#include "config/property_evaluator_test_support.h"

namespace reeve::config::simple {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : prng_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return prng_.below(bound); }
  bool one_in(std::uint64_t n) { return prng_.below(n) == 0; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  template <class T>
  const T& of(const std::vector<T>& list) {
    return list[below(list.size())];
  }
  std::string of(std::initializer_list<const char*> list) { return list.begin()[below(list.size())]; }
  /// Up to `most` of a list, some perhaps twice.
  Texts some(const Texts& list, std::uint64_t most) {
    Texts chosen;
    if (!list.empty())
      for (std::uint64_t left = below(most + 1); left > 0; --left) chosen.push_back(of(list));
    return chosen;
  }
  /// The same, each once.
  Texts distinct(const Texts& list, std::uint64_t most) {
    Texts chosen;
    for (const std::string& text : some(list, most))
      if (!contains(chosen, text)) chosen.push_back(text);
    return chosen;
  }
  std::string word(std::size_t size) {
    std::string text;
    while (text.size() < size) text += kDigits62[below(62)];
    return text;
  }

 private:
  Prng prng_;
};

inline const Texts kNets = {"10.0.0.0/8",    "10.1.0.0/16",  "10.1.2.3",        "0.0.0.0/0",
                            "2001:db8::/32", "192.0.2.0/25", "2001:db8:1::/48", "::ffff:10.1.0.0/112",
                            "2001:db8::1",   "::/0"};
inline const Texts kClients = {"10.1.2.3",    "10.1.2.4",    "10.9.0.1",      "192.0.2.1", "192.0.2.129",
                               "2001:db8::1", "2001:db8::2", "2001:db8:1::9", "::1",       "::ffff:10.1.2.3"};
inline const Texts kWanted = {"posts:read", "posts:publish", "posts:read:own", "admin"};
inline const Texts kGranted = {"posts:read",    "posts:*", "*",    "admin",
                               "posts:publish", "post*",   "admi", "posts:read:*"};
inline const Texts kZones = {"", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"};
inline const Texts kPatterns = {"/a",  "/a/b", "/a/{x}",  "/{x}/b",    "/a/{r...}", "/{r...}",
                                "/a/", "/{x}", "/{x}:go", "/a/{y}:go", "/{x}/{y}",  "/a/b/{r...}"};
inline const Texts kPaths = {"/a",   "/a/b",  "/a/c", "/c/b",   "/a/",      "/c",     "/c:go",   "/a/c:go",
                             "/:go", "/a/b/", "/b/c", "/a/b/c", "/a/c%2Fd", "/a%2Fb", "/a/b/c/d"};
inline const Texts kHostPatterns = {"a.example.com", "*.example.com", "*.com", "b.example.com"};
inline const Texts kHosts = {"a.example.com", "B.Example.com", "x.a.example.com:8080", "other.org",
                             "example.com"};
inline const Texts kMethods = {"GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PURGE"};
inline const Texts kTypes = {"application/json", "image/*", "text/plain", "Application/XML"};

/// Moments around which some zone sets its clocks, or a year ends.
inline const std::vector<std::int64_t> kMoments = {
    seconds_at(2026, 3, 29, 1),   seconds_at(2026, 10, 25, 1), seconds_at(2026, 3, 8, 7),
    seconds_at(2026, 11, 1, 6),   seconds_at(2026, 4, 4, 15),  seconds_at(2026, 10, 3, 15, 30),
    seconds_at(2026, 12, 31, 23), seconds_at(2028, 2, 29, 12), seconds_at(2026, 6, 15, 8)};

inline Rule random_rule(Chance& chance, const Policy& policy, std::uint64_t rarity) {
  Rule rule;
  Texts names = kNets;
  for (const auto& [name, _] : policy.networks) names.push_back(name);
  if (chance.one_in(rarity)) {
    rule.allow = chance.some(names, 3);
    rule.allow->push_back(chance.one_in(2) ? "0.0.0.0/0" : chance.of(names));
  }
  if (chance.one_in(rarity)) rule.deny = chance.some(names, 2);
  return rule;
}

inline Limit random_limit(Chance& chance, std::size_t number) {
  Limit limit;
  limit.name = fmt::format("limit{}", number);
  limit.kind = chance.of({"rate", "quota", "concurrency"});
  limit.count = chance.between(1, limit.kind == "rate" ? 6 : 3);
  if (limit.kind == "rate") {
    const std::vector<std::pair<std::string, std::int64_t>> times = {
        {"1s", 1}, {"10s", 10}, {"m", 60}, {"5m", 300}, {"h", 3600}};
    const auto& [text, seconds] = chance.of(times);
    limit.time = text;
    limit.time_ns = seconds * 1'000'000'000;
    // The gateway counts whole nanoseconds a unit.
    if (limit.time_ns % limit.count != 0) limit.count = 4;
    if (chance.one_in(2)) limit.burst = chance.between(1, 5);
  }
  if (limit.kind == "quota") {
    limit.time = chance.of({"hour", "day", "week", "month"});
    limit.zone = chance.of(kZones);
  }
  limit.per = chance.distinct({"caller", "key", "team", "organisation", "ip", "route", "header:x-tenant"}, 3);
  if (limit.per.empty()) limit.per = {"caller"};
  limit.dry_run = chance.one_in(8);
  if (limit.kind != "concurrency" && chance.one_in(3)) {
    limit.on_refused = true;
    limit.per = {"ip"};
  }
  return limit;
}

inline Key random_key(Chance& chance, std::int64_t moment) {
  Key key;
  key.foreign = chance.one_in(6);
  const std::string env = chance.one_in(4) ? "test" : "live";
  if (key.foreign) {
    key.id = "old-" + chance.word(6);
    key.text = chance.one_in(2) ? "sk-" + chance.word(12) : chance.word(20);
  } else {
    key.id = chance.word(8);
    key.text = "rv_" + env + "_" + key.id + chance.word(30);
    key.text += checksum(key.text);
    if (env == "test" || chance.one_in(4)) key.env = env;
    if (chance.one_in(12)) key.env = env == "test" ? "live" : "test";
  }
  const auto near = [&] { return moment + chance.between(-20, 20) * (chance.one_in(2) ? 1 : 3600); };
  if (chance.one_in(5)) key.not_before = near();
  if (chance.one_in(5)) key.expires = near();
  if (key.not_before && key.expires && *key.not_before >= *key.expires) key.expires.reset();
  if (chance.one_in(12))
    key.revoked = true;
  else if (chance.one_in(10))
    key.revoked_at = near();
  return key;
}

inline Hours random_hours(Chance& chance) {
  const Texts times = {"00:00", "01:00", "01:30", "02:00", "02:30",
                       "03:00", "08:00", "12:34", "18:00", "23:59"};
  const Texts days = {"mon", "sat", "sun", "mon-fri", "fri-mon", "sat-sun", "wed-tue", "sun-sun"};
  Hours hours;
  hours.days = chance.distinct(days, 2);
  if (chance.one_in(4)) hours.days.clear();
  if (!chance.one_in(4)) hours.from = chance.of(times);
  if (!chance.one_in(4)) hours.to = chance.one_in(6) ? "24:00" : chance.of(times);
  if (hours.to == (hours.from.empty() ? "00:00" : hours.from)) hours.to = "";
  hours.zone = chance.of(kZones);
  return hours;
}

inline Route random_route(Chance& chance, const Policy& policy, std::size_t number) {
  Texts limits;
  for (const Limit& limit : policy.limits) limits.push_back(limit.name);
  Route route;
  route.name = fmt::format("route{}", number);
  route.hosts = chance.one_in(5) ? chance.distinct(kHostPatterns, 2) : Texts{};
  do {
    route.paths = chance.distinct(kPatterns, 2);
    if (chance.one_in(4)) route.paths = {"/{r...}"};
  } while (route.paths.empty() ||
           (route.paths.size() == 2 && nameless(route.paths[0]) == nameless(route.paths[1])));
  if (chance.one_in(3)) route.methods = chance.distinct(kMethods, 3);
  if (chance.one_in(10)) route.headers = {{"x-mode", chance.of({"1", "2", "present"})}};
  if (chance.one_in(10)) route.query = {{"q", chance.of({"1", "a b", "present"})}};
  switch (chance.below(6)) {
    case 0:
      route.authenticate = {"none"};
      break;
    case 1:
      route.authenticate = {"key", "none"};
      break;
    case 2:
      route.authenticate = {"key"};
      break;
    default:
      break;  // as `defaults` says
  }
  if (!contains(route.authenticate, "none") && chance.one_in(2)) route.require = chance.distinct(kWanted, 2);
  route.networks = random_rule(chance, policy, 6);
  route.limits = chance.distinct(limits, 4);
  for (std::uint64_t left = chance.one_in(3) ? 1 + chance.below(3) : 0; left > 0; --left)
    route.hours.push_back(random_hours(chance));
  if (chance.one_in(4)) route.body_max = chance.below(3) * 50;
  if (chance.one_in(4)) route.body_types = chance.distinct(kTypes, 2);
  route.hidden = chance.one_in(5);
  route.enabled = !chance.one_in(12);
  route.keep_slash = chance.one_in(3);
  route.websocket = chance.one_in(3);
  route.maintenance = chance.one_in(12);
  route.key_in_query = chance.one_in(5) ? chance.of({"true", "token"}) : "";
  return route;
}

/// Rules, 2: routes tie unless methods are disjoint, one has more conditions, or they demand different values
/// of one field.
inline bool tie(const Route& a, const Route& b) {
  if (!a.enabled || !b.enabled) return false;
  bool same_place = false;
  for (const std::string& path : a.paths)
    for (const std::string& other : b.paths)
      if (nameless(path) == nameless(other)) {
        same_place |= a.hosts.empty() && b.hosts.empty();
        for (const std::string& host : a.hosts) same_place |= contains(b.hosts, host);
      }
  bool same_method = a.methods.empty() || b.methods.empty();
  for (const std::string& method : a.methods) same_method |= has_method(b, method);
  for (const std::string& method : b.methods) same_method |= has_method(a, method);
  if (!same_place || !same_method || a.headers.size() + a.query.size() != b.headers.size() + b.query.size())
    return false;
  const auto apart = [](const Pairs& one, const Pairs& two) {
    return !one.empty() && !two.empty() && one[0].second != two[0].second && one[0].second != "present" &&
           two[0].second != "present";
  };
  return !apart(a.headers, b.headers) && !apart(a.query, b.query);
}

/// Without ties.
inline Policy random_policy(Chance& chance, std::int64_t moment) {
  Policy policy;
  policy.environment = chance.of({"", "live", "test"});
  for (const char* name : {"office", "home"})
    if (chance.one_in(2)) policy.networks[name] = {chance.of(kNets), chance.of(kNets)};
  for (const char* name : {"r1", "r2", "r3"}) policy.roles[name] = chance.some(kGranted, 2);
  for (std::uint64_t left = chance.below(6); left > 0; --left)
    policy.limits.push_back(random_limit(chance, policy.limits.size()));
  Texts limits, pure_limits;
  for (const Limit& limit : policy.limits) {
    limits.push_back(limit.name);
    if (!limit.on_refused) pure_limits.push_back(limit.name);
  }
  policy.organisations = {"acme"};
  for (const char* name : {"t1", "t2"})
    policy.teams.push_back({.name = name,
                            .organisation = chance.one_in(2) ? "acme" : "",
                            .roles = chance.some({"r1", "r2", "r3"}, 1),
                            .limits = chance.distinct(pure_limits, 1)});
  policy.global = random_rule(chance, policy, 10);
  policy.global_limits = chance.distinct(limits, 2);
  for (std::uint64_t left = 1 + chance.below(5); left > 0; --left) {
    Route route = random_route(chance, policy, policy.routes.size());
    if (std::ranges::none_of(policy.routes, [&](const Route& other) { return tie(route, other); }))
      policy.routes.push_back(std::move(route));
  }
  for (const char* name : {"ann", "t1", "bob"}) {
    Caller caller{.name = name, .team = chance.of({"", "t1", "t2"})};
    caller.roles = chance.some({"r1", "r2", "r3"}, 2);
    caller.networks = random_rule(chance, policy, 8);
    caller.limits = chance.distinct(pure_limits, 1);
    for (std::uint64_t left = chance.below(3); left > 0; --left)
      caller.keys.push_back(random_key(chance, moment));
    policy.callers.push_back(std::move(caller));
  }
  return policy;
}

/// What somebody may hold for a key.
inline std::string random_credential(Chance& chance, const Policy& policy) {
  std::vector<std::string> keys;
  for (const Caller& caller : policy.callers)
    for (const Key& key : caller.keys) keys.push_back(key.text);
  if (keys.empty()) keys.push_back("rv_live_" + chance.word(44));
  std::string key = chance.of(keys);
  const bool own = begins(key, "rv_") && key.size() == 52;
  const auto sealed = [](std::string text) { return text.substr(0, 46) + checksum(text.substr(0, 46)); };
  switch (chance.below(20)) {
    case 0:  // a slip
      key[key.size() - 1 - chance.below(12)] = chance.of({"a", "Z", "-", "0"})[0];
      return key;
    case 1:  // another secret
      return own ? sealed(key.substr(0, 16) + chance.word(30)) : key + "x";
    case 2:
      return sealed("rv_live_" + chance.word(38));
    case 3:  // the other environment
      return own ? sealed((begins(key, "rv_live_") ? "rv_test_" : "rv_live_") + key.substr(8)) : key;
    case 4:
      return chance.of({"abc", "rv_", "rv_live_short", "a.b.c", "x"});
    case 5:
      return chance.of({"\"", "'"}) + key + chance.of({"\"", "'", ""});
    case 6:
      return chance.of({"Bearer ", "Token: ", "ApiKey "}) + key;
    default:
      return key;
  }
}

inline void add_credential(Chance& chance, const Policy& policy, Request& request) {
  const std::string value = random_credential(chance, policy);
  const auto field = [&](const char* name, const std::string& text) {
    request.headers.emplace_back(name, text);
  };
  const auto parameter = [&](const char* name) {
    std::string encoded;
    for (const char c : value)
      encoded +=
          kDigits62.find(c) == std::string::npos && c != '_' ? fmt::format("%{:02X}", c) : std::string(1, c);
    request.query += fmt::format("{}{}={}", request.query.empty() ? "" : "&", name, encoded);
  };
  switch (chance.below(24)) {
    case 0:
      return field("x-goog-api-key", value);
    case 1:
      return field("X-Api-Key", value);
    case 2:
      return field("Reeve-Key", chance.one_in(4) ? "" : value);
    case 3:
      return field("Authorization", "Basic " + to_base64("user:" + value));
    case 4:
      return field("Authorization", "Basic " + to_base64(value + chance.of({":", ":", ""})));
    case 5:
      return field("Authorization", chance.of({"Basic !!!", "Basic ", "Bearer", "basic dXNlcg=="}));
    case 6:
      return field("Authorization", value.find(' ') == std::string::npos ? value : "Digest x");
    case 7:
      return parameter("key");
    case 8:
      return parameter("token");
    case 9:
      return field("Cookie", "a=b; session=" + value);
    case 10:
      return field("X-Tenant", value);
    default:
      return field("Authorization", chance.of({"Bearer ", "bearer  "}) + value);
  }
}

inline Request random_request(Chance& chance, const Policy& policy) {
  Request request;
  request.method = chance.one_in(3) ? chance.of(kMethods) : chance.of({"GET", "POST"});
  request.host = chance.of(kHosts);
  request.path = chance.of(kPaths);
  if (chance.one_in(40)) request.path += chance.of({"%zz", "/%00", "/..;x", "%5C"});
  if (chance.one_in(4)) request.query = chance.of({"q=1", "q=a%20b", "q=", "x=1&q=2"});
  if (chance.one_in(3)) request.headers.emplace_back("X-Mode", chance.of({"1", "2"}));
  if (chance.one_in(3)) request.headers.emplace_back("x-tenant", chance.of({"blue", "red"}));
  if (!chance.one_in(40)) request.client = chance.of(kClients);
  for (std::uint64_t left = chance.one_in(6)   ? 2 + chance.below(2)
                            : chance.one_in(4) ? 0
                                               : 1;
       left > 0; --left)
    add_credential(chance, policy, request);
  if (chance.one_in(8)) {
    request.headers.emplace_back("Connection", "Upgrade");
    request.headers.emplace_back("Upgrade",
                                 chance.of({"websocket", "h2c", "WebSocket, h2c", "irc", "websocket, irc"}));
  }
  if (chance.one_in(2)) {
    if (chance.one_in(4))
      request.headers.emplace_back("Transfer-Encoding", "chunked");
    else
      request.headers.emplace_back("Content-Length", chance.of({"0", "1", "50", "51", "100", "1000"}));
    if (!chance.one_in(4))
      request.headers.emplace_back(
          "Content-Type", chance.of({"application/json", "Application/JSON; charset=utf-8", "image/png",
                                     "image/", "text/plain", "application/xml"}));
  }
  if (chance.one_in(30))
    request.flaw = chance.of({"draining", "loop-detected", "method-not-implemented", "request-malformed"});
  return request;
}

}  // namespace reeve::config::simple
