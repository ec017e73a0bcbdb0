// SPDX-License-Identifier: Apache-2.0
// `listen` into listeners with their certificates read and judged. Opens no socket: control does, and only
// after the whole configuration was found good.
#include <algorithm>

#include <fmt/format.h>

#include "config/compile.h"
#include "config/pem.h"
#include "config/values.h"

namespace reeve::config {

namespace {

using yaml::Node;

std::optional<std::uint32_t> file_mode(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  std::uint32_t mode = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
  }
  return mode <= 0777 ? std::optional(mode) : std::nullopt;
}

policy::Certificate compile_certificate(const Node& item, Context& context) {
  policy::Certificate certificate;
  if (auto pair = pem_pair(item, context)) {
    certificate.cert_file = std::move(pair->cert_file);
    certificate.cert_pem = std::move(pair->cert);
    certificate.key_pem = std::move(pair->key);
  }
  if (const Node* hosts = get(item, "hosts"))
    for (const Node& host : hosts->items)
      if (!host.bad)
        if (auto pattern = host_pattern(host, context)) certificate.hosts.push_back(std::move(*pattern));
  return certificate;
}

policy::ListenerTls compile_tls(const Node& tls, Context& context) {
  policy::ListenerTls out;
  if (const Node* certs = get(tls, "certs"))
    for (const Node& item : certs->items)
      if (!item.bad) out.certificates.push_back(compile_certificate(item, context));
  if (auto version = text(tls, "min_version")) out.min_version = std::move(*version);
  if (const Node* ca = get(tls, "client_ca"))
    if (auto bundle = ca_bundle(*ca, context)) out.client_ca_pem = std::move(*bundle);
  return out;
}

void compile_mode(const Node& mode, Context& context, policy::Listener& out) {
  const auto value = file_mode(mode.text);
  if (!value)
    context.findings.error(rule::kBadValue, mode.at, fmt::format("{} is not a file mode", quoted(mode.text)),
                           "write octal digits such as 0660");
  else if (!std::holds_alternative<UnixEndpoint>(out.endpoint))
    context.findings.error(rule::kBadValue, mode.at, "a mode belongs to a Unix socket, and this is none",
                           "remove it, or listen on unix:/path");
  else
    out.unix_mode = *value;
}

bool is_shared(const Endpoint& a, const Endpoint& b) {
  const auto* ip = std::get_if<IpEndpoint>(&a);
  return a == b && (ip == nullptr || ip->port != 0);
}

policy::Listener compile_listener(const Node& item, Context& context) {
  policy::Listener out;
  out.at = item.first_key();
  const Node* where = get(item, "address");
  if (where != nullptr) {
    out.address = where->text;
    if (auto endpoint = address(*where, context)) out.endpoint = std::move(*endpoint);
    if (const Node* mode = get(item, "mode")) compile_mode(*mode, context, out);
  }
  if (const Node* tls = get(item, "tls")) out.tls = compile_tls(*tls, context);
  if (const Node* redirect = get(item, "redirect")) {
    out.redirect_to_https = true;
    if (out.tls)
      context.findings.error(rule::kBadValue, redirect->at,
                             "this listener serves TLS itself: the redirect would lead back to it",
                             "remove `redirect`, or `tls`");
  }
  return out;
}

}  // namespace

void compile_listeners(const Node& root, Context& context, policy::Snapshot& snapshot) {
  const Node* listen = root.find("listen");
  if (listen == nullptr) {
    policy::Listener standard;
    standard.address = "127.0.0.1:8080";
    standard.endpoint = *parse_endpoint(standard.address);
    snapshot.listeners.push_back(std::move(standard));
    return;
  }
  if (listen->bad) return;
  for (const Node& item : listen->items) {
    if (item.bad) continue;
    policy::Listener listener = compile_listener(item, context);
    const Node* where = get(item, "address");
    if (where != nullptr && parse_endpoint(where->text)) {
      const auto same = std::ranges::find_if(snapshot.listeners, [&](const policy::Listener& l) {
        return is_shared(l.endpoint, listener.endpoint);
      });
      if (same != snapshot.listeners.end())
        context.findings.error(rule::kDuplicateName, where->at,
                               fmt::format("{} is listened on twice: here and at {}", quoted(where->text),
                                           context.place(same->at)),
                               "keep one of the two");
      else if (is_shared(listener.endpoint, snapshot.admin))
        context.findings.error(rule::kDuplicateName, where->at,
                               fmt::format("the admin API listens on {} already", quoted(where->text)),
                               "give one of the two another port; `admin` alone is 127.0.0.1:8081");
    }
    snapshot.listeners.push_back(std::move(listener));
  }
}

}  // namespace reeve::config
