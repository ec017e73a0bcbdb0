// SPDX-License-Identifier: Apache-2.0
// A route's header edits and its `cors`. Names that Reeve keeps for itself are refused here, so that the
// proxy need not ask again; line breaks are refused here and by the writer of heads.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/compile_routes.h"
#include "config/values.h"
#include "http/field_name.h"
#include "http/field_rules.h"
#include "policy/cors.h"

namespace reeve::config {

namespace {

using yaml::Node;
using Edits = std::vector<policy::HeaderEdits::Edit>;

Edits compile_edits(const Node* table, const RouteInput& input) {
  Edits edits;
  if (table == nullptr) return edits;
  std::unordered_map<std::string, SourcePos> seen;
  for (const yaml::Entry& entry : table->entries) {
    if (entry.value.bad) continue;
    const auto name = field_name(entry.key, entry.key_at, input.context);
    if (!name) continue;
    if (!http::may_be_set(*name)) {
      input.context.findings.error(
          rule::kBadValue, entry.key_at, fmt::format("the field {} cannot be set", quoted(entry.key)),
          "hop-by-hop fields, Host, Content-Length and Reeve-* are Reeve's own; `forward.host` "
          "changes the host");
      continue;
    }
    if (const auto [first, fresh] = seen.emplace(*name, entry.key_at); !fresh) {
      input.context.findings.error(rule::kDuplicateKey, entry.key_at,
                                   fmt::format("the header {} is already at {}: case makes no difference",
                                               quoted(entry.key), input.context.place(first->second)),
                                   "keep one of the two");
      continue;
    }
    if (!field_value(entry.value.text, entry.value.at, input.context)) continue;
    if (auto value = parse_template(entry.value, input.parameters, Braces::Literal, input.context))
      edits.push_back({entry.key, std::move(*value)});
  }
  return edits;
}

std::vector<std::string> compile_names(const Node* list, Context& context) {
  std::vector<std::string> names;
  if (list == nullptr) return names;
  for (const Node& item : list->items)
    if (!item.bad)
      if (auto name = field_name(item.text, item.at, context)) names.push_back(std::move(*name));
  return names;
}

/// What an edit would take the framing or the routing away with.
void check_removed(const Node* list, Context& context) {
  if (list == nullptr) return;
  for (const Node& item : list->items)
    if (!item.bad && (ascii::iequals(item.text, "host") || ascii::iequals(item.text, "content-length")))
      context.findings.error(rule::kBadValue, item.at,
                             fmt::format("the field {} cannot be removed", quoted(item.text)),
                             "take it off the list: it belongs to every message that has it");
}

void check_kept(const Node* list, Context& context) {
  if (list == nullptr) return;
  for (const Node& item : list->items)
    if (!item.bad && ascii::is_token(item.text) && http::is_hop_by_hop(http::field_id(item.text)))
      context.findings.error(
          rule::kBadValue, item.at,
          fmt::format("{} is meant for one connection and cannot be kept", quoted(item.text)),
          "take it off the list; `upgrade: [ websocket ]` lets WebSockets through");
}

policy::HeaderEdits compile_side(const Node& side, const RouteInput& input) {
  policy::HeaderEdits out;
  out.remove = compile_names(get(side, "remove"), input.context);
  check_removed(get(side, "remove"), input.context);
  out.set = compile_edits(get(side, "set"), input);
  out.add = compile_edits(get(side, "add"), input);
  out.keep = compile_names(get(side, "keep"), input.context);
  check_kept(get(side, "keep"), input.context);
  return out;
}

bool is_origin(std::string_view text) {
  if (text == "*" || text == "null") return true;
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || scheme == 0) return false;
  const std::string_view authority = text.substr(scheme + 3);
  return std::ranges::all_of(
             text.substr(0, scheme),
             [](char c) { return (c >= 'a' && c <= 'z') || ascii::is_digit(c) || c == '-' || c == '+'; }) &&
         !authority.empty() && std::ranges::all_of(authority, [](char c) {
           return (c >= 'a' && c <= 'z') || ascii::is_digit(c) || std::string_view(".-_:[]").contains(c);
         });
}

std::string origin_fix(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), ascii::lower);
  if (lower.ends_with('/')) lower.pop_back();
  return lower != text && is_origin(lower)
             ? fmt::format("write {}", lower)
             : "write scheme://host, with the port where it is not the scheme's own, without a path; or *";
}

void check_stars(const Node& cors, Context& context) {
  for (const std::string_view key : {"origins", "methods", "headers", "expose"})
    if (const Node* list = get(cors, key))
      for (const Node& item : list->items)
        if (!item.bad && item.text == "*")
          context.findings.error(rule::kBadValue, item.at, "`*` does not go with `credentials: true`",
                                 "list what is meant, one by one, or remove `credentials`");
}

}  // namespace

void compile_headers(const RouteInput& input, policy::Route& route) {
  const Node* headers = input.setting("headers");
  if (headers == nullptr) return;
  if (const Node* side = get(*headers, "request")) route.request_headers = compile_side(*side, input);
  if (const Node* side = get(*headers, "response")) route.response_headers = compile_side(*side, input);
}

std::optional<policy::Cors> compile_cors(const Node& cors, Context& context) {
  policy::Cors out;
  if (const Node* origins = get(cors, "origins"))
    for (const Node& item : origins->items) {
      if (item.bad) continue;
      if (is_origin(item.text))
        out.origins.push_back(item.text);
      else
        context.findings.error(rule::kBadValue, item.at,
                               fmt::format("{} is not an origin", quoted(item.text)), origin_fix(item.text));
    }
  if (const Node* methods = get(cors, "methods")) {
    Node named = *methods;
    std::erase_if(named.items, [](const Node& item) { return item.text == "*"; });
    out.methods = compile_methods(named, context);
    if (named.items.size() != methods->items.size()) out.methods = {"*"};
  }
  out.headers = compile_names(get(cors, "headers"), context);
  if (const Node* expose = get(cors, "expose"))
    for (const Node& item : expose->items)
      if (!item.bad && field_name(item.text, item.at, context)) out.expose.push_back(item.text);
  out.credentials = boolean(cors, "credentials").value_or(false);
  out.max_age = duration(cors, "max_age");
  if (out.credentials) check_stars(cors, context);
  out.expose_value = policy::expose_value(out.expose);
  return out;
}

}  // namespace reeve::config
