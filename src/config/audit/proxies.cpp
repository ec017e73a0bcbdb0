// SPDX-License-Identifier: Apache-2.0
// The rules on where the client's address comes from: proxies that are not trusted, or all of them, while
// rules go by that address.
#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "config/audit/subject.h"

namespace reeve::config::audit {

namespace {

SourcePos first_of(const policy::NetworkRule& rule) {
  if (rule.restricted) return rule.allow_at;
  return rule.deny.empty() ? SourcePos{} : rule.deny.front().at;
}

/// The first rule that goes by the client's address; line 0 = there is none.
SourcePos address_rule(const policy::Snapshot& snapshot) {
  if (!snapshot.global_networks.empty()) return first_of(snapshot.global_networks);
  for (const policy::Route& route : snapshot.routes)
    if (!route.networks.empty()) return first_of(route.networks);
  for (const policy::CallerExtra& extra : snapshot.caller_extras)
    if (!extra.networks.empty()) return first_of(extra.networks);
  return {};
}

bool per_address(const policy::Limit& limit) {
  return std::ranges::any_of(
      limit.per, [](const policy::Limit::Per& per) { return per.part == policy::SubjectPart::Ip; });
}

SourcePos address_limit(const policy::Snapshot& snapshot) {
  const auto found = std::ranges::find_if(snapshot.limits, per_address);
  return found == snapshot.limits.end() ? SourcePos{} : found->at;
}

void trusted_everybody(const Subject& subject) {
  const yaml::Node* proxies = subject.root.find("trusted_proxies");
  if (proxies == nullptr) return;
  for (const yaml::Node& item : proxies->items) {
    const auto network = IpNetwork::parse(item.text).network;
    if (!network || network->prefix() != 0) continue;
    subject.teller.tell(
        kTrustedEverybody, item.at,
        fmt::format(
            "every peer is trusted: whoever sends `{}: 203.0.113.9` has that address, so that networks "
            "and limits per ip hold nobody back",
            subject.snapshot.client_ip.header),
        "list the addresses of your own proxies only");
  }
}

void missing(const Subject& subject, SourcePos rule) {
  const policy::ClientIp& client_ip = subject.snapshot.client_ip;
  if (!client_ip.trusted_proxies.empty() || client_ip.trust_unix) return;
  const std::string effect =
      rule.line == 0 ? std::string()
                     : fmt::format("; the rule at {} then sees the proxy's address", subject.place(rule));
  if (const yaml::Node* written = subject.root.find("client_ip");
      written != nullptr && !written->entries.empty()) {
    const yaml::Entry& first = written->entries.front();
    subject.teller.tell(kTrustedProxyMissing, first.key_at,
                        fmt::format("`client_ip` says how proxies tell the client's address, but "
                                    "`trusted_proxies` is empty: they are not believed{}",
                                    effect),
                        "list the proxies in `trusted_proxies`, or remove `client_ip`");
  } else if (rule.line != 0) {
    subject.teller.tell(
        kPeerIsTheClient, rule,
        "this goes by the client's address, and no proxy is trusted: behind a load balancer "
        "every request has the balancer's address",
        "if there is one, list it in `trusted_proxies`; if clients connect themselves, all is "
        "well");
  }
}

void unix_peers(const Subject& subject, SourcePos rule) {
  if (subject.snapshot.client_ip.trust_unix || rule.line == 0) return;
  for (const policy::Listener& listener : subject.snapshot.listeners)
    if (std::holds_alternative<UnixEndpoint>(listener.endpoint))
      subject.teller.tell(
          kUnixPeerWithoutAddress, listener.at,
          fmt::format("clients of {} have no address: every `allow` refuses them and no `deny` "
                      "matches, as at {}",
                      quoted(listener.address), subject.place(rule)),
          "add `unix` to `trusted_proxies`, so that the proxy in front of it is asked");
}

}  // namespace

void audit_proxies(const Subject& subject) {
  const SourcePos networks = address_rule(subject.snapshot);
  trusted_everybody(subject);
  missing(subject, networks.line != 0 ? networks : address_limit(subject.snapshot));
  unix_peers(subject, networks);
}

}  // namespace reeve::config::audit
