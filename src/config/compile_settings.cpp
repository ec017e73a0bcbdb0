// SPDX-License-Identifier: Apache-2.0
// The settings of the process and of the client side: data, admin, server, dns, logs, threads, trusted
// proxies. Comes first, because files named elsewhere may lie in the data folder.
#include <algorithm>

#include <fmt/format.h>

#include "config/compile.h"
#include "config/suggest.h"
#include "config/values.h"

namespace reeve::config {

namespace {

using yaml::Node;

void compile_server(const Node& server, policy::ServerSettings& out) {
  if (const auto v = size(server, "head_max")) out.head_max = static_cast<std::uint32_t>(*v);
  if (const auto v = size(server, "uri_max")) out.uri_max = static_cast<std::uint32_t>(*v);
  const auto wait = [&](std::string_view key, Duration& into) {
    if (const auto v = duration(server, key)) into = *v;
  };
  wait("head_timeout", out.head_timeout);
  wait("body_idle", out.body_idle);
  wait("idle", out.idle);
  wait("drain_delay", out.drain_delay);
  wait("drain", out.drain);
  if (const auto v = integer(server, "connections")) out.connections = static_cast<std::uint32_t>(*v);
  if (const auto v = boolean(server, "allow_half_close")) out.allow_half_close = *v;
}

void compile_dns(const Node& servers, Context& context, policy::Snapshot& snapshot) {
  for (const Node& item : servers.items) {
    if (item.bad) continue;
    const auto endpoint = parse_endpoint(item.text);
    const auto* ip = endpoint ? std::get_if<IpEndpoint>(&*endpoint) : nullptr;
    if (IpAddress::parse(item.text) || (ip != nullptr && ip->port != 0)) {
      snapshot.dns_servers.push_back(item.text);
      continue;
    }
    context.findings.error(rule::kBadValue, item.at,
                           fmt::format("{} is not the address of a name server", quoted(item.text)),
                           "write an address such as 1.1.1.1, 1.1.1.1:53 or [2606:4700::1111]:53");
  }
}

void compile_access_log(const Node& value, Context& context, policy::Snapshot& snapshot) {
  if (value.text == "stdout" || value.text == "off") {
    snapshot.access_log = value.text;
    return;
  }
  constexpr std::string_view kFile = "file:";
  if (value.text.starts_with(kFile) && value.text.size() > kFile.size()) {
    const std::string name = value.text.substr(kFile.size());
    snapshot.access_log =
        "file:" + context.reader.absolute(name.starts_with('/') ? name : snapshot.data_folder + "/" + name);
    return;
  }
  constexpr std::string_view kWords[] = {"stdout", "off"};
  context.findings.error(rule::kBadValue, value.at,
                         fmt::format("{} is no place for the access log{}", quoted(value.text),
                                     did_you_mean(value.text, kWords)),
                         "write stdout, off, or file:access.log (in the data folder)");
}

policy::LogLevel log_level(std::string_view word) {
  if (word == "error") return policy::LogLevel::Error;
  if (word == "warn") return policy::LogLevel::Warn;
  return word == "debug" ? policy::LogLevel::Debug : policy::LogLevel::Info;
}

void trusted_proxy(const Node& item, Context& context, policy::ClientIp& out) {
  if (item.text == "unix") {
    out.trust_unix = true;
    return;
  }
  constexpr std::string_view kWords[] = {"unix"};
  if (const auto proxy = network(item, kWords, context)) out.trusted_proxies.push_back(*proxy);
}

void compile_client_ip(const Node& value, Context& context, policy::ClientIp& out) {
  if (const Node* header = get(value, "header"))
    if (const auto name = field_name(header->text, header->at, context)) out.header = *name;
  if (const auto v = boolean(value, "proxy_protocol")) out.proxy_protocol = *v;
}

void compile_admin(const Node* admin, Context& context, policy::Snapshot& snapshot) {
  snapshot.admin_text = "127.0.0.1:8081";
  snapshot.admin = *parse_endpoint(snapshot.admin_text);
  const Node* value = admin == nullptr ? nullptr : get(*admin, "address");
  if (value == nullptr) return;
  if (const auto endpoint = address(*value, context)) {
    snapshot.admin = *endpoint;
    snapshot.admin_text = value->text;
  }
}

}  // namespace

void compile_disclosure(const Node& root, policy::Snapshot& snapshot) {
  if (text(root, "environment") == "test") snapshot.environment = policy::KeyEnvironment::Test;
  const Node* disclosure = get(root, "disclosure");
  const auto word = disclosure == nullptr ? std::nullopt : text(*disclosure, "reasons_to_caller");
  if (word == "none") snapshot.disclosure = policy::Disclosure::None;
  if (word == "full") snapshot.disclosure = policy::Disclosure::Full;
}

void compile_settings(const Node& root, Context& context, policy::Snapshot& snapshot) {
  snapshot.data_folder = context.absolute(text(root, "data").value_or("./reeve-data"));
  while (snapshot.data_folder.size() > 1 && snapshot.data_folder.ends_with('/'))
    snapshot.data_folder.pop_back();
  compile_admin(get(root, "admin"), context, snapshot);
  if (const Node* server = get(root, "server")) compile_server(*server, snapshot.server);
  if (const Node* dns = get(root, "dns"))
    if (const Node* servers = get(*dns, "servers")) compile_dns(*servers, context, snapshot);
  if (const Node* log = get(root, "access_log")) compile_access_log(*log, context, snapshot);
  if (const auto level = text(root, "log")) snapshot.log = log_level(*level);
  if (const Node* decisions = get(root, "decisions"))
    if (const auto keep = duration(*decisions, "keep")) snapshot.decisions_keep = *keep;
  if (const Node* gate = get(root, "gate")) {
    snapshot.gate.refuse = text(*gate, "lost_access") != "warn";
    if (const Node* accept = get(*gate, "accept"))
      for (const Node& item : accept->items)
        if (!item.bad) snapshot.gate.accept.push_back(item.text);
  }
  if (const auto v = integer(root, "threads")) snapshot.threads = static_cast<std::uint32_t>(*v);
  if (const Node* proxies = get(root, "trusted_proxies"))
    for (const Node& item : proxies->items)
      if (!item.bad) trusted_proxy(item, context, snapshot.client_ip);
  if (const Node* client_ip = get(root, "client_ip"))
    compile_client_ip(*client_ip, context, snapshot.client_ip);
}

}  // namespace reeve::config
