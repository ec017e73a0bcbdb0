// SPDX-License-Identifier: Apache-2.0
// Where a route leads: upstreams, redirect, respond, and what `forward` changes on the way. The last part of
// compiling a route, since its templates name the parameters of the paths.
#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/compile_routes.h"
#include "config/path_grammar.h"
#include "config/suggest.h"
#include "config/values.h"
#include "http/authority.h"
#include "http/field_rules.h"

namespace reeve::config {

namespace {

using policy::PathPattern;
using yaml::Node;

/// Bytes that may stand in a request target or a Location as they are.
bool is_url_text(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c > 0x20 && c < 0x7f && c != '\\' && c != '"' && c != '<' && c != '>'; });
}

bool begins_with(const PathPattern& pattern, const std::vector<std::string>& segments) {
  if (pattern.segments.size() < segments.size()) return false;
  for (std::size_t i = 0; i < segments.size(); ++i)
    if (pattern.segments[i].kind != PathPattern::Kind::Literal || pattern.segments[i].text != segments[i])
      return false;
  return true;
}

void strip_prefix(const Node& prefix, const policy::Route& route, Context& context, policy::Forward& out) {
  if (prefix.text == "/" || (prefix.text.size() > 1 && prefix.text.ends_with('/'))) {
    context.findings.error(
        rule::kBadValue, prefix.at, "a prefix is whole segments, without a slash at its end",
        prefix.text == "/" ? "remove it: nothing would be taken off"
                           : fmt::format("write {}", prefix.text.substr(0, prefix.text.size() - 1)));
    return;
  }
  if (const auto fine = check_literal_path(prefix.text); !fine) {
    context.findings.error(rule::kBadValue, prefix.at, fine.error().text, fine.error().fix);
    return;
  }
  std::vector<std::string> segments;
  for (std::size_t begin = 1; begin <= prefix.text.size();) {
    const std::size_t end = std::min(prefix.text.find('/', begin), prefix.text.size());
    segments.push_back(prefix.text.substr(begin, end - begin));
    begin = end + 1;
  }
  for (const policy::RoutePath& path : route.paths)
    if (!begins_with(path.pattern, segments)) {
      context.findings.error(
          rule::kBadValue, prefix.at,
          fmt::format("{} is not the beginning of the path {} at {}, segment by segment", quoted(prefix.text),
                      quoted(path.pattern.to_string()), context.place(path.at)),
          "write whole segments that every path of the route begins with");
      return;
    }
  out.strip_prefix = prefix.text;
}

void forward_host(const Node& host, Context& context, policy::Forward& out) {
  if (host.text == "keep") return;
  if (host.text == "upstream") {
    out.host = policy::Forward::Host::Upstream;
    return;
  }
  const auto authority = http::parse_authority(host.text);
  if (!authority || host.text.find('*') != std::string::npos) {
    context.findings.error(rule::kBadValue, host.at, fmt::format("{} is not a host", quoted(host.text)),
                           "write keep, upstream, or a host such as api.internal");
    return;
  }
  out.host = policy::Forward::Host::Fixed;
  out.fixed_host = host.text;
}

void to_upstream_named(const Node& name, std::uint32_t weight, const RouteInput& input,
                       policy::ToUpstream& out) {
  const auto found = input.upstreams.index.find(name.text);
  if (found == input.upstreams.index.end()) {
    std::vector<std::string_view> names;
    for (const auto& [known, index] : input.upstreams.index) names.push_back(known);
    std::ranges::sort(names);
    const auto near = nearest(name.text, names);
    input.context.findings.error(
        rule::kUnknownName, name.at,
        fmt::format("there is no upstream {}{}", quoted(name.text), did_you_mean(name.text, names)),
        near ? fmt::format("write {}, or declare {} under `upstreams`", *near, name.text)
             : fmt::format("declare {} under `upstreams`", name.text));
    return;
  }
  if (std::ranges::find(out.shares, found->second, &policy::ToUpstream::Share::upstream) != out.shares.end())
    input.context.findings.error(rule::kDuplicateName, name.at,
                                 fmt::format("the upstream {} is listed twice", quoted(name.text)),
                                 "list it once and add the weights");
  out.shares.push_back({found->second, weight});
}

void to_upstream(const Node& value, const RouteInput& input, policy::Route& route) {
  policy::ToUpstream out;
  if (value.is_scalar()) {
    to_upstream_named(value, 1, input, out);
  } else {
    for (const Node& item : value.items) {
      const Node* name = item.bad ? nullptr : get(item, "name");
      if (name != nullptr)
        to_upstream_named(*name, static_cast<std::uint32_t>(integer(item, "weight").value_or(1)), input, out);
    }
  }
  std::uint64_t total = 0;
  for (const auto& share : out.shares) total += share.weight;
  if (total > std::numeric_limits<std::uint32_t>::max())
    input.context.findings.error(rule::kOutOfRange, value.at, "the weights are too large together",
                                 "write smaller weights");
  out.total_weight = static_cast<std::uint32_t>(total);
  route.destination = std::move(out);
}

void redirect(const Node& value, const RouteInput& input, policy::Route& route) {
  policy::Redirect out;
  if (const auto status = integer(value, "status")) out.status = static_cast<std::uint16_t>(*status);
  if (const Node* to = get(value, "to")) {
    const std::string_view text = to->text;
    const std::size_t colon = text.find_first_of(":/");
    const bool scheme =
        colon != std::string_view::npos && colon > 0 && text[colon] == ':' && ascii::is_alpha(text[0]);
    if (!is_url_text(text))
      input.context.findings.error(rule::kBadValue, to->at,
                                   fmt::format("{} holds characters that no URL may hold", quoted(text)),
                                   "percent-encode them");
    else if (!text.starts_with('/') && !text.starts_with("${") && !scheme)
      input.context.findings.error(
          rule::kBadValue, to->at, fmt::format("{} is neither a URL nor a path", quoted(text)),
          fmt::format("write https://{0}, or /{0} for a path on the same host", text));
    else if (auto target = parse_template(*to, input.parameters, Braces::Parameters, input.context))
      out.to = std::move(*target);
    out.to_has_query = text.find('?') != std::string_view::npos;
  }
  route.destination = std::move(out);
}

void respond(const Node& value, const RouteInput& input, policy::Route& route) {
  policy::Respond out;
  if (const auto status = integer(value, "status")) out.status = static_cast<std::uint16_t>(*status);
  if (const Node* headers = get(value, "headers"))
    for (const yaml::Entry& entry : headers->entries) {
      if (entry.value.bad || !field_name(entry.key, entry.key_at, input.context) ||
          !field_value(entry.value.text, entry.value.at, input.context))
        continue;
      if (!http::may_be_set(entry.key))
        input.context.findings.error(rule::kBadValue, entry.key_at,
                                     fmt::format("the field {} cannot be set", quoted(entry.key)),
                                     "hop-by-hop fields, Host, Content-Length and Reeve-* are Reeve's own");
      out.headers.emplace_back(entry.key, entry.value.text);
    }
  if (const Node* body = get(value, "body")) {
    if ((out.status == 204 || out.status == 205 || out.status == 304) && !body->text.empty())
      input.context.findings.error(rule::kBadValue, body->at,
                                   fmt::format("an answer {} has no body", out.status),
                                   "remove `body`, or choose another status");
    if (auto text = parse_template(*body, input.parameters, Braces::Literal, input.context))
      out.body = std::move(*text);
  }
  route.destination = std::move(out);
}

/// What is written for a forwarded request has no meaning when nothing is forwarded (rules, 2).
void warn_of_no_effect(const RouteInput& input) {
  const auto warn = [&](const yaml::Entry* entry, std::string_view key) {
    if (entry == nullptr || entry->value.bad || entry->value.entries.empty()) return;
    input.context.findings.warning(rule::kBadValue, entry->key_at,
                                   fmt::format("`{}` has no effect on a route that forwards nothing", key),
                                   "remove it");
  };
  warn(input.node.find_entry("forward"), "forward");
  if (const Node* headers = get(input.node, "headers"))
    warn(headers->find_entry("request"), "headers.request");
}

}  // namespace

policy::Forward compile_forward(const Node& forward, const RouteInput& input, const policy::Route& route) {
  policy::Forward out;
  Context& context = input.context;
  const Node* path = get(forward, "path");
  const Node* prefix = get(forward, "strip_prefix");
  if (path != nullptr && prefix != nullptr)
    context.findings.error(rule::kBadValue, forward.find_entry("strip_prefix")->key_at,
                           "`path` and `strip_prefix` exclude each other", "keep one of the two");
  if (path != nullptr) {
    const std::string_view text = path->text;
    if (!text.starts_with('/') && !text.starts_with("${request.path}"))
      context.findings.error(rule::kBadValue, path->at,
                             fmt::format("the path {} does not begin with /", quoted(text)),
                             fmt::format("write /{}", text));
    else if (!is_url_text(text) || text.find_first_of("?#") != std::string_view::npos)
      context.findings.error(
          rule::kBadValue, path->at, fmt::format("{} is not a path", quoted(text)),
          "write a path without query and percent-encode what needs it; the query is kept by itself");
    else
      out.path = parse_template(*path, input.parameters, Braces::Parameters, context);
  }
  if (prefix != nullptr) strip_prefix(*prefix, route, input.context, out);
  if (const Node* host = get(forward, "host")) forward_host(*host, context, out);
  return out;
}

void compile_destination(const RouteInput& input, policy::Route& route) {
  constexpr std::string_view kDestinations[] = {"upstream", "redirect", "respond", "ai"};
  const yaml::Entry* first = nullptr;
  for (const yaml::Entry& entry : input.node.entries) {
    if (std::ranges::find(kDestinations, entry.key) == std::end(kDestinations) || first == &entry) continue;
    if (first == nullptr) {
      first = &entry;
    } else if (first->key != entry.key) {
      input.context.findings.error(rule::kBadValue, entry.key_at,
                                   fmt::format("a route has one destination, and `{}` is one already at {}",
                                               first->key, input.context.place(first->key_at)),
                                   "keep one of the two, or make two routes");
    }
  }
  if (first == nullptr) {
    input.context.findings.error(rule::kMissingKey, input.node.first_key(), "the route has no destination",
                                 "add `upstream`, `redirect` or `respond`");
    return;
  }
  if (const Node* value = get(input.node, "upstream"))
    to_upstream(*value, input, route);
  else if (const Node* to = get(input.node, "redirect"))
    redirect(*to, input, route);
  else if (const Node* with = get(input.node, "respond"))
    respond(*with, input, route);
  if (!std::holds_alternative<policy::ToUpstream>(route.destination)) warn_of_no_effect(input);
}

}  // namespace reeve::config
