// SPDX-License-Identifier: Apache-2.0
// `upstreams` into plain data. Comes before the routes, which name them; a faulty upstream is still declared,
// so that one mistake does not become two findings. Resolves no name and connects to nothing.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/compile.h"
#include "config/grammar.h"
#include "config/path_grammar.h"
#include "config/pem.h"
#include "config/suggest.h"
#include "config/values.h"
#include "http/authority.h"
#include "policy/target_choice.h"

namespace reeve::config {

namespace {

using yaml::Node;

void bad_url(const Node& url, std::string why, std::string fix, Context& context) {
  if (const std::size_t at = url.text.rfind('@'); at != std::string::npos) {
    const std::size_t scheme = url.text.find("//");
    const std::size_t from = scheme < at ? scheme + 2 : 0;
    context.findings.hide(std::string_view(url.text).substr(from, at - from), "…");
  }
  context.findings.error(rule::kBadValue, url.at,
                         fmt::format("{} is not a target: {}", quoted(url.text), std::move(why)),
                         std::move(fix));
}

bool unix_target(const Node& url, policy::Target& out, Context& context) {
  const auto endpoint = parse_endpoint(url.text);
  const auto* socket = endpoint ? std::get_if<UnixEndpoint>(&*endpoint) : nullptr;
  if (socket == nullptr || !socket->path.starts_with('/')) {
    bad_url(url, "the socket's path must be absolute and at most 107 bytes", "write unix:/path/of/the.sock",
            context);
    return false;
  }
  out.unix_path = socket->path;
  out.authority = "localhost";
  return true;
}

/// `http://host:port` or `https://host:port`, nothing behind it but one slash.
bool compile_url(const Node& url, policy::Target& out, Context& context) {
  out.url = url.text;
  out.identity = policy::hash_key(out.url);
  std::string_view left = url.text;
  if (left.starts_with("unix:")) return unix_target(url, out, context);
  if (left.starts_with("https://")) {
    out.secure = true;
    left.remove_prefix(8);
  } else if (left.starts_with("http://")) {
    left.remove_prefix(7);
  } else {
    const bool bare = http::parse_authority(left).has_value();
    bad_url(url, "it must begin with http:// or https://",
            bare ? fmt::format("write http://{0} or https://{0}", left)
                 : "write http://host:port or https://host:port",
            context);
    return false;
  }
  const std::size_t end = left.find_first_of("/?#");
  const std::string_view authority_text = left.substr(0, end);
  const std::string_view tail = end == std::string_view::npos ? std::string_view{} : left.substr(end);
  const std::string root(std::string_view(url.text).substr(0, url.text.size() - tail.size()));
  if (!tail.empty() && tail != "/") {
    bad_url(url, "it says more than scheme, host and port",
            fmt::format("write {}; `forward.path` and `forward.strip_prefix` change paths", root), context);
    return false;
  }
  if (authority_text.find('@') != std::string_view::npos) {
    bad_url(url, "a target holds no user name or password",
            "set the Authorization header by `headers.request.set`", context);
    return false;
  }
  const auto authority = http::parse_authority(authority_text);
  const auto port = authority ? authority->port_or(out.secure ? 443 : 80) : std::uint16_t{0};
  if (!authority || authority->host.find('*') != std::string_view::npos || port == 0) {
    bad_url(url, authority && port == 0 ? "nothing listens on port 0" : "the host is not one",
            "write http://host:port", context);
    return false;
  }
  http::HostBuffer buffer;
  std::string_view host = http::matching_host(authority->host, buffer);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  out.host = host;
  out.port = port;
  out.authority = authority_text;
  return true;
}

void compile_targets(const Node& targets, Context& context, policy::Upstream& out) {
  std::set<std::string, std::less<>> urls;
  for (const Node& item : targets.items) {
    if (item.bad) continue;
    policy::Target target;
    const Node* url = item.is_scalar() ? &item : get(item, "url");
    if (url == nullptr || !compile_url(*url, target, context)) continue;
    if (!item.is_scalar())
      if (const auto weight = integer(item, "weight")) target.weight = static_cast<std::uint32_t>(*weight);
    if (!urls.insert(target.url).second)
      context.findings.error(rule::kDuplicateName, url->at,
                             fmt::format("the target {} is listed twice", quoted(url->text)),
                             "list it once; `weight` gives it a larger share");
    out.targets.push_back(std::move(target));
  }
}

void compile_tls(const Node& tls, Context& context, policy::UpstreamTls& out) {
  if (const Node* ca = get(tls, "ca"))
    if (auto bundle = ca_bundle(*ca, context)) out.ca_pem = std::move(*bundle);
  if (const auto v = boolean(tls, "verify")) out.verify = *v;
  if (const Node* name = get(tls, "server_name"))
    if (auto host = host_pattern(*name, context)) {
      if (host->starts_with("*."))
        context.findings.error(rule::kBadValue, name->at, "a server name is one name, without *",
                               "write the whole name");
      out.server_name = std::move(*host);
    }
  const bool has_cert = tls.find("cert") != nullptr;
  const bool has_key = tls.find("key") != nullptr;
  if (has_cert != has_key)
    context.findings.error(rule::kMissingKey, tls.first_key(),
                           fmt::format("the key `{}` is missing", has_cert ? "key" : "cert"),
                           "a client certificate needs both `cert` and `key`");
  if (has_cert && has_key)
    if (auto pair = pem_pair(tls, context)) {
      out.cert_pem = std::move(pair->cert);
      out.key_pem = std::move(pair->key);
    }
}

void compile_balance(const Node& balance, Context& context, policy::Upstream& out) {
  constexpr std::string_view kHash = "hash:";
  if (balance.text == "round_robin") {
    out.balance = policy::Balance::RoundRobin;
  } else if (balance.text == "least_requests") {
    out.balance = policy::Balance::LeastRequests;
  } else if (balance.text.starts_with(kHash)) {
    out.balance = policy::Balance::Hash;
    if (auto name = field_name(std::string_view(balance.text).substr(kHash.size()), balance.at, context))
      out.hash_header = std::move(*name);
  } else {
    constexpr std::string_view kWords[] = {"round_robin", "least_requests", "hash:<header>"};
    context.findings.error(rule::kBadValue, balance.at,
                           fmt::format("{} is no way to choose a target{}", quoted(balance.text),
                                       did_you_mean(balance.text, std::span(kWords).first(2))),
                           fmt::format("write {}", alternatives(kWords)));
  }
}

void compile_retry(const Node& retry, policy::RetryPolicy& out) {
  if (const auto v = integer(retry, "attempts")) out.attempts = static_cast<std::uint32_t>(*v);
  const Node* on = get(retry, "on");
  if (on == nullptr) return;
  const auto listed = [&](std::string_view word) {
    return std::ranges::any_of(on->items, [&](const Node& item) { return item.text == word; });
  };
  out.on_connect_failure = listed("connect-failure");
  out.on_timeout = listed("timeout");
  out.on_502 = listed("502");
  out.on_503 = listed("503");
  out.on_504 = listed("504");
}

void compile_health(const Node& health, Context& context, policy::Upstream& out) {
  policy::HealthCheck check;
  if (const Node* path = get(health, "path")) {
    const std::size_t query = path->text.find('?');
    if (auto fine = check_literal_path(std::string_view(path->text).substr(0, query)); !fine)
      context.findings.error(rule::kBadValue, path->at, fine.error().text, fine.error().fix);
    else if (!std::ranges::all_of(path->text, [](char c) { return c > 0x20 && c < 0x7f; }))
      context.findings.error(
          rule::kBadValue, path->at,
          fmt::format("{} holds characters that no request target may hold", quoted(path->text)),
          "percent-encode them");
    check.path = path->text;
  }
  if (const auto v = duration(health, "every")) check.every = *v;
  if (const auto v = duration(health, "timeout")) check.timeout = *v;
  if (const auto v = integer(health, "rise")) check.rise = static_cast<std::uint32_t>(*v);
  if (const auto v = integer(health, "fall")) check.fall = static_cast<std::uint32_t>(*v);
  out.health = std::move(check);
}

void compile_ejection(const Node& ejection, policy::Upstream& out) {
  if (ejection.is_scalar()) {
    out.ejection.reset();
    return;
  }
  policy::Ejection& e = *out.ejection;
  if (const auto v = integer(ejection, "failures")) e.failures = static_cast<std::uint32_t>(*v);
  if (const auto v = duration(ejection, "for")) e.duration = *v;
  if (const auto v = percent(ejection, "max_share")) e.max_share_percent = static_cast<std::uint32_t>(*v);
}

void compile_pool(const Node& pool, Context& context, policy::Upstream& out) {
  if (const auto v = integer(pool, "max")) out.connections_max = static_cast<std::uint32_t>(*v);
  if (const auto v = integer(pool, "keep")) {
    out.connections_keep = static_cast<std::uint32_t>(*v);
    if (out.connections_keep > out.connections_max)
      context.findings.error(
          rule::kOutOfRange, pool.find("keep")->at,
          fmt::format("more connections are kept than there may be ({})", out.connections_max),
          fmt::format("write at most {}", out.connections_max));
  }
  out.connections_keep = std::min(out.connections_keep, out.connections_max);
}

policy::Upstream compile_upstream(const yaml::Entry& entry, Context& context) {
  const Node& node = entry.value;
  policy::Upstream out;
  out.name = entry.key;
  out.at = entry.key_at;
  if (const Node* targets = get(node, "targets")) compile_targets(*targets, context, out);
  if (const Node* tls = get(node, "tls")) compile_tls(*tls, context, out.tls);
  if (const Node* balance = get(node, "balance")) compile_balance(*balance, context, out);
  if (const Node* timeout = get(node, "timeout")) {
    if (const auto v = duration(*timeout, "connect")) out.connect_timeout = *v;
    out.response_timeout = duration(*timeout, "response");
    out.idle_timeout = duration(*timeout, "idle");
  }
  if (const Node* retry = get(node, "retry")) compile_retry(*retry, out.retry);
  if (const Node* health = get(node, "health")) compile_health(*health, context, out);
  if (const Node* ejection = get(node, "ejection")) compile_ejection(*ejection, out);
  if (const Node* pool = get(node, "connections")) compile_pool(*pool, context, out);
  return out;
}

}  // namespace

CompiledUpstreams compile_upstreams(const Node& root, Context& context, policy::Snapshot& snapshot) {
  CompiledUpstreams compiled;
  const Node* upstreams = get(root, "upstreams");
  if (upstreams == nullptr) return compiled;
  for (const yaml::Entry& entry : upstreams->entries) {
    check_name(entry.key, entry.key_at, "an upstream", context);
    // A bad one is still declared: what refers to it is not at fault.
    if (!compiled.index.emplace(entry.key, static_cast<std::uint32_t>(snapshot.upstreams.size())).second)
      continue;
    snapshot.upstreams.push_back(entry.value.bad ? policy::Upstream{.name = entry.key, .at = entry.key_at}
                                                 : compile_upstream(entry, context));
  }
  return compiled;
}

}  // namespace reeve::config
