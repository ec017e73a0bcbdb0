// SPDX-License-Identifier: Apache-2.0
// decide() check by check, and against a deliberately simple evaluator that looks at raw roles, networks and
// lists, on thousands of random policies and requests.
#include "policy/decision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/prng.h"

namespace reeve::policy {
namespace {

using enum CheckResult;

IpNetwork net(std::string_view text) {
  return *IpNetwork::parse(text).network;
}
IpAddress ip(std::string_view text) {
  return *IpAddress::parse(text);
}

/// A policy of one route that everybody may call, to be changed by each test.
struct Policy {
  Policy() {
    snapshot.routes.emplace_back();
    route().name = "r";
    route().acceptance.none = true;
    snapshot.zones.push_back({.name = "UTC"});
    facts.head = &head;
    facts.routed = true;
    facts.match = RouteMatch::Kind::Found;
    facts.route = 0;
    facts.client = ip("198.51.100.7");
  }
  Route& route() { return snapshot.routes.front(); }
  std::uint32_t list(std::initializer_list<std::string_view> networks) {
    std::vector<AddressSet::Entry> entries;
    for (const std::string_view text : networks) entries.push_back({net(text), {}});
    snapshot.network_lists.push_back({"", {}, AddressSet(std::move(entries))});
    return static_cast<std::uint32_t>(snapshot.network_lists.size() - 1);
  }
  /// A caller whose grant holds these permissions, and the credential of it.
  void authenticate(std::initializer_list<std::uint32_t> permissions) {
    snapshot.grants = GrantTable(8);
    const std::uint32_t grant = snapshot.grants.add();
    for (const std::uint32_t permission : permissions) snapshot.grants.grant(grant, permission);
    Caller caller;
    caller.name = "ann";
    caller.grant = grant;
    snapshot.callers.push_back(caller);
    facts.credential.state = CredentialVerdict::State::Accepted;
    facts.credential.caller = 0;
  }
  std::uint32_t limit(LimitKind kind, bool on_refused = false) {
    Limit limit;
    limit.name = "l" + std::to_string(snapshot.limits.size());
    limit.kind = kind;
    limit.on_refused = on_refused;
    snapshot.any_knocking |= on_refused;
    snapshot.limits.push_back(limit);
    return static_cast<std::uint32_t>(snapshot.limits.size() - 1);
  }
  const Decision& decide() {
    decision.emplace();
    policy::decide(snapshot, facts, *decision);
    return *decision;
  }
  Code code(Check check) {
    EXPECT_EQ((*decision)[check].result, Fail) << name(check);
    return (*decision)[check].code;
  }

  Snapshot snapshot;
  http::RequestHead head;
  Facts facts;
  std::optional<Decision> decision;
};

TEST(Decide, LetsAnOpenRoutePassAndSkipsWhatIsNotConfigured) {
  Policy p;
  const Decision& d = p.decide();
  EXPECT_FALSE(d.refused_by());
  for (const Check check :
       {Check::GlobalNetwork, Check::Method, Check::RouteNetwork, Check::IpLimit, Check::Credential,
        Check::CallerNetwork, Check::Hours, Check::Quarantine, Check::Permission, Check::Model, Check::Body,
        Check::Concurrency, Check::Rate, Check::Quota, Check::Budget})
    EXPECT_EQ(d[check].result, Skipped) << name(check);
  EXPECT_EQ(d[Check::Route].result, Pass);
  EXPECT_EQ(d[Check::Target].result, Pass);
}

TEST(Decide, WithoutARouteWhatFollowsIsUnknown) {
  Policy p;
  p.snapshot.global_networks.deny.push_back({p.list({"198.51.100.0/24"}), {}});
  p.facts.match = RouteMatch::Kind::NoRoute;
  const Decision& d = p.decide();
  EXPECT_EQ(p.code(Check::GlobalNetwork), Code::IpBlocked);
  EXPECT_EQ(p.code(Check::Route), Code::RouteNotFound);
  EXPECT_EQ(d.refused_by(), Check::GlobalNetwork);
  EXPECT_EQ(d[Check::Method].result, Unknown);
  EXPECT_EQ(d[Check::Credential].result, Unknown);
  p.facts.match = RouteMatch::Kind::NoCondition;
  p.decide();
  EXPECT_EQ((*p.decision)[Check::Method].result, Unknown);
  p.facts.match = RouteMatch::Kind::NoMethod;
  p.decide();
  EXPECT_EQ(p.code(Check::Method), Code::MethodNotAllowed);
  EXPECT_EQ((*p.decision)[Check::RouteNetwork].result, Unknown);
  // Unmet conditions fail the check `route`: which of the resource's routes was meant, nobody knows.
  p.facts.match = RouteMatch::Kind::NoCondition;
  p.decide();
  EXPECT_EQ(p.code(Check::Route), Code::RouteNotFound);
  EXPECT_EQ((*p.decision)[Check::Method].result, Unknown);
}

TEST(Decide, DenyBeatsAllowAndAnUnknownAddressFailsEveryAllow) {
  Policy p;
  p.route().networks.restricted = true;
  p.route().networks.allow.push_back({p.list({"198.51.100.0/24"}), {}});
  p.decide();
  EXPECT_EQ((*p.decision)[Check::RouteNetwork].result, Pass);
  p.route().networks.deny.push_back({p.list({"198.51.100.7"}), {}});
  p.decide();
  EXPECT_EQ(p.code(Check::RouteNetwork), Code::IpBlocked);
  p.facts.client = ip("203.0.113.1");
  p.decide();
  EXPECT_EQ(p.code(Check::RouteNetwork), Code::IpNotAllowed);
  p.facts.client.reset();
  p.decide();
  EXPECT_EQ(p.code(Check::RouteNetwork), Code::IpNotAllowed);
  p.route().networks.restricted = false;
  p.decide();
  EXPECT_EQ((*p.decision)[Check::RouteNetwork].result, Pass);
}

TEST(Decide, AfterAFailedCredentialWhatNeedsTheCallerIsUnknownAndTheRestIsJudged) {
  Policy p;
  p.route().acceptance = {.none = false, .key = true};
  p.route().require.push_back({0, {}});
  p.route().body_max = 1;
  p.route().hours.push_back({.days = 0});
  p.head.body = http::BodyKind::Length;
  p.head.content_length = 2;
  p.facts.credential.state = CredentialVerdict::State::Refused;
  p.facts.credential.code = Code::CredentialUnknown;
  const Decision& d = p.decide();
  EXPECT_EQ(p.code(Check::Credential), Code::CredentialUnknown);
  EXPECT_EQ(d[Check::CallerNetwork].result, Unknown);
  EXPECT_EQ(d[Check::Permission].result, Unknown);
  EXPECT_EQ(p.code(Check::Hours), Code::OutsideHours);
  EXPECT_EQ(p.code(Check::Body), Code::BodyTooLarge);
  EXPECT_EQ(d.caller, kNone);
}

TEST(Decide, EveryRequiredPermissionIsNeeded) {
  Policy p;
  p.route().acceptance = {.none = false, .key = true};
  p.route().require = {{1, {}}, {3, {}}};
  p.authenticate({1});
  p.decide();
  EXPECT_EQ(p.code(Check::Permission), Code::PermissionMissing);
  p.authenticate({1, 3});
  p.decide();
  EXPECT_EQ((*p.decision)[Check::Permission].result, Pass);
}

TEST(Decide, BodiesAreJudgedByLengthAndTypeAndNoBodyPasses) {
  Policy p;
  p.route().body_max = 10;
  p.route().body_types = {{"application/json"}, {"image/*"}};
  p.decide();
  EXPECT_EQ((*p.decision)[Check::Body].result, Pass);
  p.head.body = http::BodyKind::Chunked;
  p.decide();
  EXPECT_EQ(p.code(Check::Body), Code::BodyTypeRefused);
  p.head.body = http::BodyKind::Length;
  p.head.content_length = 11;
  p.decide();
  EXPECT_EQ(p.code(Check::Body), Code::BodyTooLarge);
}

TEST(MediaTypes, CompareWithoutParametersAndCase) {
  const std::vector<MediaType> types{{"application/json"}, {"image/*"}};
  EXPECT_TRUE(accepted(types, "application/json"));
  EXPECT_TRUE(accepted(types, "Application/JSON ; charset=utf-8"));
  EXPECT_TRUE(accepted(types, "image/png"));
  EXPECT_FALSE(accepted(types, "image/"));
  EXPECT_FALSE(accepted(types, "image"));
  EXPECT_FALSE(accepted(types, "text/plain; a=application/json"));
  EXPECT_FALSE(accepted(types, ""));
}

TEST(Decide, ChargesEachLimitOnceConcurrencyFirst) {
  Policy p;
  p.authenticate({});
  const std::uint32_t rate = p.limit(LimitKind::Rate);
  const std::uint32_t quota = p.limit(LimitKind::Quota);
  const std::uint32_t parallel = p.limit(LimitKind::Concurrency);
  const std::uint32_t refused = p.limit(LimitKind::Rate, true);
  p.snapshot.global_limits = {{quota, {}}, {refused, {}}};
  p.route().limits = {{rate, {}}, {quota, {}}};
  p.snapshot.caller_extras.push_back({.limits = {{rate, {}}, {parallel, {}}}});
  p.snapshot.callers[0].extra = 0;
  const Decision& d = p.decide();
  ASSERT_EQ(d.charges.size(), 3u);
  EXPECT_EQ(d.charges[0].limit, parallel);
  EXPECT_EQ(d.charges[1].limit, rate);
  EXPECT_EQ(d.charges[1].from, Charge::From::Route);
  EXPECT_EQ(d.charges[2].limit, quota);
  EXPECT_EQ(d.charges[2].from, Charge::From::Global);
  EXPECT_EQ(d[Check::Rate].result, Depends);
  EXPECT_EQ(d[Check::IpLimit].result, Pass);
  p.facts.knocking = refused;
  p.decide();
  EXPECT_EQ(p.code(Check::IpLimit), Code::RateLimited);
}

TEST(Decide, AHiddenRouteConcealsWhatItRefusesItselfOnly) {
  Policy p;
  p.route().hidden = true;
  p.route().acceptance = {.none = false, .key = true};
  p.facts.credential.state = CredentialVerdict::State::Refused;
  p.decide();
  EXPECT_TRUE(conceals(p.snapshot, p.facts, *p.decision));
  p.facts.credential.state = CredentialVerdict::State::Anonymous;
  p.route().maintenance.emplace();
  p.decide();
  EXPECT_EQ(p.code(Check::Target), Code::Maintenance);
  EXPECT_FALSE(conceals(p.snapshot, p.facts, *p.decision));
  p.facts.encoded_slash = true;
  p.decide();
  EXPECT_EQ(p.code(Check::Request), Code::RequestMalformed);
  EXPECT_TRUE(conceals(p.snapshot, p.facts, *p.decision));
  p.facts.request_flaw = Code::LoopDetected;
  p.decide();
  EXPECT_FALSE(conceals(p.snapshot, p.facts, *p.decision));
}

// ---- against a simple evaluator ----

/// A policy as people write it: names, no numbers, no bits.
struct Raw {
  struct Rule {
    std::optional<std::vector<std::string>> allow;
    std::vector<std::string> deny;
  };
  std::map<std::string, std::vector<std::string>> roles;
  std::vector<std::string> caller_roles;
  std::vector<std::string> team_roles;
  std::vector<std::string> require;
  Rule global, route, caller;
};

const char* const kNetworks[] = {"10.0.0.0/8", "10.1.0.0/16",   "10.1.2.3",
                                 "0.0.0.0/0",  "2001:db8::/32", "192.0.2.0/25"};
const char* const kAddresses[] = {"10.1.2.3",    "10.1.2.4",    "10.9.0.1", "192.0.2.1",
                                  "192.0.2.129", "2001:db8::1", "::1"};
const char* const kPermissions[] = {"posts:read", "posts:publish", "posts:", "admin", "posts:read:own"};
const char* const kGrants[] = {"posts:read", "posts:*", "*", "admin", "posts:publish", "post*", "admi"};

template <class T, std::size_t N>
T pick(Prng& prng, const T (&from)[N]) {
  return from[prng.below(N)];
}

Raw::Rule random_rule(Prng& prng) {
  Raw::Rule rule;
  if (prng.below(2) == 0) {
    rule.allow.emplace();
    for (std::uint64_t i = 0; i <= prng.below(3); ++i) rule.allow->push_back(pick(prng, kNetworks));
  }
  if (prng.below(3) == 0) rule.deny.push_back(pick(prng, kNetworks));
  return rule;
}

Raw random_policy(Prng& prng) {
  Raw raw;
  for (const char* role : {"a", "b", "c"})
    for (std::uint64_t i = 0; i < prng.below(3); ++i) raw.roles[role].push_back(pick(prng, kGrants));
  for (const char* role : {"a", "b", "c"}) {
    if (prng.below(2) == 0) raw.caller_roles.push_back(role);
    if (prng.below(4) == 0) raw.team_roles.push_back(role);
  }
  for (std::uint64_t i = 0; i < prng.below(3); ++i) raw.require.push_back(pick(prng, kPermissions));
  raw.global = random_rule(prng);
  raw.route = random_rule(prng);
  raw.caller = random_rule(prng);
  return raw;
}

// What config does, in small.
NetworkRule compile(const Raw::Rule& rule, Policy& p) {
  NetworkRule made;
  made.restricted = rule.allow.has_value();
  if (rule.allow)
    for (const std::string& text : *rule.allow) made.allow.push_back({p.list({text}), {}});
  for (const std::string& text : rule.deny) made.deny.push_back({p.list({text}), {}});
  return made;
}

void compile(Raw& raw, Policy& p) {
  for (const std::string& permission : raw.require) {
    p.route().require.push_back({static_cast<std::uint32_t>(p.snapshot.permissions.size()), {}});
    p.snapshot.permissions.push_back(permission);
  }
  p.authenticate({});
  for (const auto* roles : {&raw.caller_roles, &raw.team_roles})
    for (const std::string& role : *roles)
      for (const std::string& granted : raw.roles[role])
        for (std::uint32_t i = 0; i < p.snapshot.permissions.size(); ++i)
          if (holds(granted, p.snapshot.permissions[i])) p.snapshot.grants.grant(0, i);
  p.snapshot.global_networks = compile(raw.global, p);
  p.route().networks = compile(raw.route, p);
  p.snapshot.caller_extras.push_back({.networks = compile(raw.caller, p)});
  p.snapshot.callers[0].extra = 0;
}

std::optional<Code> simple_network(const Raw::Rule& rule, const IpAddress& client) {
  for (const std::string& text : rule.deny)
    if (net(text).contains(client)) return Code::IpBlocked;
  if (!rule.allow) return std::nullopt;
  for (const std::string& text : *rule.allow)
    if (net(text).contains(client)) return std::nullopt;
  return Code::IpNotAllowed;
}

bool simple_permission(Raw& raw, const std::string& required) {
  for (const auto* roles : {&raw.caller_roles, &raw.team_roles})
    for (const std::string& role : *roles)
      for (std::string granted : raw.roles[role]) {
        if (granted == required) return true;
        if (granted.back() != '*') continue;
        granted.pop_back();
        if (required.compare(0, granted.size(), granted) == 0) return true;
      }
  return false;
}

TEST(Decide, AgreesWithASimpleEvaluator) {
  constexpr std::uint64_t kSeed = 20261124;
  Prng prng(kSeed);
  for (int round = 0; round < 4000; ++round) {
    SCOPED_TRACE(testing::Message() << "seed " << kSeed << ", round " << round);
    Raw raw = random_policy(prng);
    Policy p;
    compile(raw, p);
    for (const char* address : kAddresses) {
      p.facts.client = ip(address);
      const Decision& d = p.decide();
      const auto expect = [&](Check check, const Raw::Rule& rule) {
        const std::optional<Code> code = simple_network(rule, ip(address));
        ASSERT_EQ(d[check].result == Fail, code.has_value()) << name(check) << " " << address;
        if (code) EXPECT_EQ(d[check].code, *code);
      };
      expect(Check::GlobalNetwork, raw.global);
      expect(Check::RouteNetwork, raw.route);
      expect(Check::CallerNetwork, raw.caller);
      const bool permitted =
          std::ranges::all_of(raw.require, [&](const std::string& r) { return simple_permission(raw, r); });
      ASSERT_EQ(d[Check::Permission].result == Fail, !permitted);
    }
  }
}

}  // namespace
}  // namespace reeve::policy
