// SPDX-License-Identifier: Apache-2.0
#include "policy/hypothetical.h"

#include "base/ascii.h"
#include "http/h1/parse.h"
#include "policy/facts.h"

namespace reeve::policy {

namespace {

struct Target {
  std::string_view authority;
  std::string path_and_query;
};

std::expected<Target, std::string> split(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos ||
      (!ascii::iequals(url.substr(0, scheme), "http") && !ascii::iequals(url.substr(0, scheme), "https")))
    return std::unexpected("the URL must begin with http:// or https://");
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('#'));  // a fragment is never sent
  const std::size_t end = std::min(url.find('/'), url.find('?'));
  Target target{.authority = url.substr(0, end), .path_and_query = {}};
  if (target.authority.empty()) return std::unexpected("the URL names no host");
  if (end == std::string_view::npos || url[end] == '?') target.path_and_query = "/";
  if (end != std::string_view::npos) target.path_and_query += url.substr(end);
  return target;
}

}  // namespace

const Route* Hypothetical::route() const {
  return facts_.routed && facts_.match == RouteMatch::Kind::Found ? &snapshot_.routes[facts_.route] : nullptr;
}

std::expected<void, std::string> Hypothetical::prepare(const Hypothesis& hypothesis) {
  auto target = split(hypothesis.url);
  if (!target) return std::unexpected(target.error());
  text_.append(hypothesis.method).append(" ").append(target->path_and_query).append(" HTTP/1.1\r\nHost: ");
  text_.append(target->authority).append("\r\n");
  for (const auto& [name, value] : hypothesis.headers)
    text_.append(name).append(": ").append(value).append("\r\n");
  text_.append("\r\n");
  std::uint32_t scanned = 0;
  const http::h1::Parsed parsed =
      http::h1::parse_request(text_, {.head_max = 1u << 20, .uri_max = 1u << 20}, scanned, head_);
  if (parsed.state == http::h1::ParseState::Refused)
    return std::unexpected("this is no HTTP request: " + std::string(parsed.context));
  if (parsed.state == http::h1::ParseState::Incomplete || head_.size != text_.size())
    return std::unexpected("a header holds a line break");

  host_ = http::matching_host_of(head_.authority, host_form_);
  facts_ = facts_of(head_, hypothesis.from, hypothesis.at);
  facts_.any_address = hypothesis.any_address;
  facts_.any_time = hypothesis.any_time;
  if (const http::PathFlaw flaw = http::normalise(head_.path, path_); flaw != http::PathFlaw::None) {
    facts_.request_flaw = Code::RequestMalformed;
    flaw_ = http::describe(flaw);
    return {};
  }
  if (head_.method == http::Method::Connect || head_.method == http::Method::Trace) {
    facts_.request_flaw = Code::MethodNotImplemented;
    return {};
  }
  snapshot_.route_table.find(host_, path_, head_, snapshot_.routes, match_);
  add_match(facts_, match_, path_);
  return {};
}

void Hypothetical::as_anonymous() {
  facts_.credential = {};
  if (route() == nullptr || route()->acceptance.none) return;
  facts_.credential.state = CredentialVerdict::State::Refused;
  facts_.credential.code = Code::CredentialMissing;
}

void Hypothetical::as(std::uint32_t caller) {
  facts_.credential = {};
  // Where nothing is looked for, nobody is known.
  if (route() != nullptr && route()->acceptance.none_only()) return;
  facts_.credential.state = CredentialVerdict::State::Assumed;
  facts_.credential.caller = caller;
}

}  // namespace reeve::policy
