// SPDX-License-Identifier: Apache-2.0
#include "config/audit/addresses.h"
#include "config/audit/audit_test_support.h"

namespace reeve::config::audit {
namespace {

std::string route(std::string_view networks, std::string_view before = "") {
  return fmt::format(
      "{}routes: [ {{ name: a, match: {{ path: /a }}, authenticate: [ none ], respond: {{}}, networks: {} }} "
      "]\n",
      before, networks);
}

TEST(AuditNetworks, RulesThatNobodyPasses) {
  expect(kNetworkConjunctionEmpty, route("{ allow: §[ 10.0.0.0/9, 10.128.0.0/9 ], deny: [ 10.0.0.0/8 ] }"));
  expect(kNetworkConjunctionEmpty, route("{ allow: §[ 10.0.0.0/8 ], deny: [ 10.0.0.0/9, 10.128.0.0/9 ] }"));
  expect(kNetworkConjunctionEmpty, route("{ allow: [ 10.0.0.0/8 ], deny: [ 10.0.0.0/9, 10.128.0.0/10 ] }"));
  expect(kNetworkConjunctionEmpty,
         route("{ allow: [ \"2001:db8::/32\" ], deny: [ \"2001:db8::/33\", 0.0.0.0/0 ] }"));
  expect(kNetworkConjunctionEmpty, route("{ deny: [ §0.0.0.0/0, \"::/0\" ] }"));
  expect(kNetworkConjunctionEmpty, route("{ deny: [ 0.0.0.0/0 ] }"));
  // With what holds for every request.
  const std::string_view global = "global: { networks: { allow: [ 192.0.2.0/24 ] } }\n";
  expect(kNetworkConjunctionEmpty, route("{ allow: §[ 10.0.0.0/8 ] }", global));
  expect(kNetworkConjunctionEmpty, route("{ allow: [ 192.0.2.7 ] }", global));
  expect(kNetworkConjunctionEmpty,
         route("{ allow: [ 192.0.2.7 ] }",
               "global: { networks: { allow: §[ 192.0.2.0/24 ], deny: [ 192.0.2.0/24 ] } }\n"));
  const std::string text = text_of(kNetworkConjunctionEmpty, route("{ allow: [ 10.0.0.0/8 ] }", global));
  EXPECT_NE(text.find("reeve.yaml:1:30"), std::string::npos) << text;
  EXPECT_NE(text.find("`GET http://localhost/a`"), std::string::npos) << text;
}

TEST(AuditNetworks, ARouteThatIsSwitchedOffIsNotJudged) {
  expect(kNetworkConjunctionEmpty, route("{ allow: [ 10.0.0.1 ], deny: [ 10.0.0.1 ] }, enabled: false"));
}

TEST(AuditNetworks, DenyBeatsAllow) {
  expect(kDenyShadowsAllow, route("{ allow: [ §10.1.0.0/16, 192.0.2.1 ], deny: [ 10.0.0.0/8 ] }"));
  expect(kDenyShadowsAllow, route("{ allow: [ 10.0.0.0/8 ], deny: [ 10.1.0.0/16 ] }"));
  expect(kDenyShadowsAllow, route("{ allow: [ §10.1.0.0/16, 192.0.2.1 ] }",
                                  "global: { networks: { deny: [ 172.16.0.0/12, 10.0.0.0/8 ] } }\n"));
  // A named network is told once, however many rules allow it.
  expect(kDenyShadowsAllow,
         "networks: { office: [ 192.0.2.0/24, §10.1.0.0/16 ], lab: [ 10.0.0.0/8 ] }\n"
         "defaults: { authenticate: [ none ], networks: { allow: [ office ], deny: [ lab ] } }\n"
         "routes:\n"
         "  - { name: a, match: { path: /a }, respond: {} }\n"
         "  - { name: b, match: { path: /b }, respond: {} }\n");
  const std::string text =
      text_of(kDenyShadowsAllow, route("{ allow: [ 10.1.0.0/16, 192.0.2.1 ], deny: [ 10.0.0.0/8 ] }"));
  EXPECT_NE(text.find("reeve.yaml:1:135"), std::string::npos) << text;
  // Where nothing is left at all, that is told instead.
  expect(kDenyShadowsAllow, route("{ allow: [ 10.1.0.0/16 ], deny: [ 10.0.0.0/8 ] }"));
}

/// By trying each of the addresses 10.0.0.0 to 10.0.0.255 against rules of networks in that range.
TEST(AuditNetworks, SomeAddressPassesExactlyWhereOneDoes) {
  std::uint32_t seed = 1;
  const auto random = [&](std::uint32_t below) {
    seed = seed * 1'664'525 + 1'013'904'223;
    return (seed >> 8) % below;
  };
  const IpAddress base = *IpAddress::parse("10.0.0.0");
  const auto address = [&](std::uint32_t last) {
    return IpAddress::v4({10, 0, 0, static_cast<std::uint8_t>(last)});
  };
  int none = 0;
  for (int round = 0; round < 3000; ++round) {
    NetworkLists lists;
    const auto list = [&](std::uint32_t narrowest) {
      std::vector<policy::AddressSet::Entry> entries;
      for (std::uint32_t i = 0; i <= random(3); ++i)
        entries.push_back({IpNetwork(address(random(256)), 24 + random(narrowest)), {}});
      lists.push_back({"", {}, policy::AddressSet(std::move(entries))});
      return policy::NetworkRule::Use{static_cast<std::uint32_t>(lists.size() - 1), {}};
    };
    // The first rule keeps everything in the range.
    policy::NetworkRule range{.restricted = true, .allow = {}, .deny = {}, .allow_at = {}};
    lists.push_back({"", {}, policy::AddressSet({{IpNetwork(base, 24), {}}})});
    range.allow.push_back({0, {}});
    policy::NetworkRule one{.restricted = random(2) == 0, .allow = {}, .deny = {}, .allow_at = {}};
    if (one.restricted) one.allow.push_back(list(9));
    one.deny.push_back(list(4));
    policy::NetworkRule two;
    two.deny.push_back(list(3));
    const policy::NetworkRule* rules[] = {&range, &one, &two};
    bool any = false;
    for (std::uint32_t last = 0; last < 256; ++last)
      any = any || std::ranges::all_of(rules, [&](const policy::NetworkRule* rule) {
              return judge(*rule, lists, address(last)) == policy::NetworkVerdict::Pass;
            });
    std::size_t tries = 1000;
    EXPECT_EQ(some_address_passes(lists, rules, tries), any) << round;
    none += any ? 0 : 1;
  }
  EXPECT_GT(none, 300);
}

TEST(AuditNetworks, WhatIsNotTriedIsNotTold) {
  NetworkLists lists;
  lists.push_back({"", {}, policy::AddressSet({{*IpNetwork::parse("10.0.0.1").network, {}}})});
  const policy::NetworkRule rule{.restricted = true, .allow = {{0, {}}}, .deny = {{0, {}}}, .allow_at = {}};
  const policy::NetworkRule* rules[] = {&rule};
  std::size_t enough = 10;
  std::size_t few = 2;
  EXPECT_FALSE(some_address_passes(lists, rules, enough));
  EXPECT_TRUE(some_address_passes(lists, rules, few));
}

TEST(AuditProxies, ProxiesThatAreNotTrusted) {
  const std::string allow = route("{ allow: [ 10.0.0.0/8 ] }");
  expect(kTrustedProxyMissing, "client_ip: { §header: forwarded }\n" + allow);
  expect(kTrustedProxyMissing, "client_ip: { §proxy_protocol: true }\n" + route("{}"));
  expect(kTrustedProxyMissing, "trusted_proxies: [ 10.0.0.1 ]\nclient_ip: { header: forwarded }\n" + allow);
  expect(kTrustedProxyMissing, allow);

  expect(kPeerIsTheClient, route("{ allow: §[ 10.0.0.0/8 ] }"));
  expect(kPeerIsTheClient, route("{ deny: [ §10.0.0.0/8 ] }"));
  expect(kPeerIsTheClient, "limits: { §a: { rate: 1/s, per: ip } }\n" + route("{}"));
  expect(kPeerIsTheClient, "trusted_proxies: [ 10.0.0.1 ]\n" + allow);
  expect(kPeerIsTheClient, route("{}"));
}

TEST(AuditProxies, EverybodyIsTrusted) {
  expect(kTrustedEverybody, "trusted_proxies: [ 10.0.0.0/8, §0.0.0.0/0, §\"::/0\" ]\n" + route("{}"));
  expect(kTrustedEverybody, "trusted_proxies: [ 10.0.0.0/8, unix ]\n" + route("{}"));
}

TEST(AuditProxies, UnixPeersHaveNoAddress) {
  const std::string_view listen =
      "listen: [ { §address: \"unix:/run/reeve.sock\" }, { address: \"127.0.0.1:8080\" } ]\n";
  const std::string_view plain = "listen: [ { address: \"unix:/run/reeve.sock\" } ]\n";
  expect(kUnixPeerWithoutAddress, std::string(listen) + route("{ allow: [ 10.0.0.0/8 ] }"));
  expect(kUnixPeerWithoutAddress, std::string(listen) + route("{ deny: [ 10.0.0.0/8 ] }"));
  expect(kUnixPeerWithoutAddress, std::string(plain) + route("{}"));
  expect(kUnixPeerWithoutAddress,
         "trusted_proxies: [ unix ]\n" + std::string(plain) + route("{ allow: [ 10.0.0.0/8 ] }"));
  expect(kUnixPeerWithoutAddress, route("{ allow: [ 10.0.0.0/8 ] }"));
}

}  // namespace
}  // namespace reeve::config::audit
