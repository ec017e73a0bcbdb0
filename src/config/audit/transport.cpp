// SPDX-License-Identifier: Apache-2.0
// The rules on where requests come in and where they go: plain http with credentials in it, certificates that
// are not verified or end soon, an admin address that others reach.
#include <algorithm>
#include <array>
#include <variant>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/audit/subject.h"
#include "crypto/pem.h"

namespace reeve::config::audit {

namespace {

constexpr Duration kSoon = std::chrono::hours(24 * 30);
constexpr std::array<std::string_view, 7> kCredentialFields{
    "authorization", "proxy-authorization", "x-api-key", "x-goog-api-key",
    "api-key",       "x-auth-token",        "cookie"};
constexpr std::array<std::string_view, 6> kPrivateNames{".internal", ".local", ".localhost",
                                                        ".lan",      ".svc",   ".home.arpa"};
constexpr std::array<std::string_view, 8> kPrivateNetworks{
    "10.0.0.0/8",    "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
    "100.64.0.0/10", "127.0.0.0/8",   "fc00::/7",       "fe80::/10"};

bool is_loopback(const IpAddress& address) {
  const auto* bytes = address.bytes();
  if (address.is_v4()) return bytes[0] == 127;
  return std::all_of(bytes, bytes + 15, [](std::uint8_t byte) { return byte == 0; }) && bytes[15] == 1;
}

bool is_loopback(const Endpoint& endpoint) {
  const auto* ip = std::get_if<IpEndpoint>(&endpoint);
  return ip == nullptr || is_loopback(ip->address);
}

/// A Unix socket, or a host of this machine.
bool on_this_machine(const policy::Target& target) {
  if (!target.unix_path.empty() || target.host == "localhost") return true;
  const auto address = IpAddress::parse(target.host);
  return address && is_loopback(*address);
}

/// Reached without leaving a network of one's own, as far as the name tells.
bool is_near(const policy::Target& target) {
  if (on_this_machine(target)) return true;
  const std::string_view host = target.host;
  if (const auto address = IpAddress::parse(host))
    return std::ranges::any_of(kPrivateNetworks, [&](std::string_view text) {
      return IpNetwork::parse(text).network->contains(*address);
    });
  return host.find('.') == std::string_view::npos || host.ends_with(".cluster.local") ||
         std::ranges::any_of(kPrivateNames, [&](std::string_view end) { return host.ends_with(end); });
}

/// The entry of `headers.request` that writes a credential, as it stands in the file; null when none does.
const yaml::Entry* literal_credential(const Subject& subject, std::size_t index) {
  const policy::HeaderEdits& edits = subject.snapshot.routes[index].request_headers;
  const yaml::Node* headers = subject.setting(index, "headers");
  const yaml::Node* request = headers == nullptr ? nullptr : headers->find("request");
  if (request == nullptr) return nullptr;
  for (const auto& [list, key] : {std::pair(&edits.set, "set"), std::pair(&edits.add, "add")})
    for (const policy::HeaderEdits::Edit& edit : *list) {
      const bool credential = std::ranges::any_of(
          kCredentialFields, [&](std::string_view field) { return ascii::iequals(field, edit.name); });
      const yaml::Node* table = request->find(key);
      if (credential && edit.value.constant() && !edit.value.pieces.empty() && table != nullptr)
        return table->find_entry(edit.name);
    }
  return nullptr;
}

void in_clear(const Subject& subject, std::size_t index, const std::vector<const policy::Target*>& distant) {
  const policy::Route& route = subject.snapshot.routes[index];
  const auto* to = std::get_if<policy::ToUpstream>(&route.destination);
  if (to == nullptr || !route.enabled) return;
  const auto share = std::ranges::find_if(
      to->shares, [&](const policy::ToUpstream::Share& each) { return distant[each.upstream] != nullptr; });
  if (share == to->shares.end()) return;
  const policy::Upstream& upstream = subject.snapshot.upstreams[share->upstream];
  const yaml::Entry* literal = literal_credential(subject, index);
  const yaml::Node* forwards = subject.setting(index, "forward_credential");
  const bool forwarded = route.acceptance.forward_credential && route.acceptance.key && forwards != nullptr;
  if (!forwarded && literal == nullptr) return;
  subject.teller.tell(
      kCredentialInClear, forwarded ? forwards->at : literal->key_at,
      fmt::format("the route {} sends {} to {} at {} over plain http: whoever is on the way reads it",
                  quoted(route.name),
                  forwarded ? std::string("the caller's credential") : quoted(literal->key),
                  quoted(distant[share->upstream]->url), subject.place(upstream.at)),
      "write an https:// target, or do not send the credential");
}

void upstreams(const Subject& subject) {
  const policy::Snapshot& snapshot = subject.snapshot;
  std::vector<const policy::Target*> distant(snapshot.upstreams.size());
  for (std::size_t i = 0; i < snapshot.upstreams.size(); ++i) {
    const policy::Upstream& upstream = snapshot.upstreams[i];
    const auto plain = std::ranges::find_if(
        upstream.targets, [](const policy::Target& target) { return !target.secure && !is_near(target); });
    if (plain != upstream.targets.end()) distant[i] = &*plain;
    const auto secure = std::ranges::find_if(upstream.targets, [](const policy::Target& target) {
      return target.secure && !on_this_machine(target);
    });
    if (upstream.tls.verify || secure == upstream.targets.end()) continue;
    const yaml::Node* tls = subject.root.find("upstreams")->entries[i].value.find("tls");
    const yaml::Node* verify = tls == nullptr ? nullptr : tls->find("verify");
    subject.teller.tell(
        kUpstreamUnverified, verify == nullptr ? upstream.at : verify->at,
        fmt::format(
            "the certificate of {} (upstream {}) is not verified: whoever is on the way can answer in its "
            "place and read what is sent",
            quoted(secure->url), quoted(upstream.name)),
        "remove `verify: false`; `ca` names a private authority, `server_name` another name than the host");
  }
  for (std::size_t i = 0; i < snapshot.routes.size(); ++i) in_clear(subject, i, distant);
}

void listeners(const Subject& subject) {
  const policy::Snapshot& snapshot = subject.snapshot;
  if (const yaml::Node* address = subject.value("admin", "address");
      address != nullptr && !is_loopback(snapshot.admin))
    subject.teller.tell(
        kAdminNotLoopback, address->at,
        fmt::format("the admin API listens on {}: other machines reach it, over plain http, its token "
                    "with it; /metrics needs none",
                    quoted(snapshot.admin_text)),
        "write 127.0.0.1:8081 or a Unix socket, and reach it through a tunnel");
  const bool keys = std::ranges::any_of(
      snapshot.routes, [](const policy::Route& route) { return route.enabled && route.acceptance.key; });
  const bool proxies = !snapshot.client_ip.trusted_proxies.empty();
  for (const policy::Listener& listener : snapshot.listeners) {
    if (keys && !proxies && !listener.tls && !listener.redirect_to_https && !is_loopback(listener.endpoint))
      subject.teller.tell(
          kListenerInClear, listener.at,
          fmt::format("keys come in on {} over plain http, and whoever is on the way reads them",
                      quoted(listener.address)),
          "add `tls`; if a proxy in front has it, list that in `trusted_proxies`");
    if (!listener.tls) continue;
    for (const policy::Certificate& certificate : listener.tls->certificates) {
      const auto info = crypto::read_certificate(certificate.cert_pem);
      if (!info || info->not_after - subject.now > kSoon) continue;
      subject.teller.tell(
          kCertificateExpiring, listener.at,
          fmt::format("the certificate {} of {} expires at {}: from then on clients refuse the "
                      "connection",
                      quoted(certificate.cert_file), quoted(listener.address),
                      to_rfc3339_seconds(info->not_after)),
          "renew it and reload: a reload reads certificates again");
    }
  }
}

}  // namespace

void audit_transport(const Subject& subject) {
  upstreams(subject);
  listeners(subject);
}

}  // namespace reeve::config::audit
