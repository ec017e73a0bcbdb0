// SPDX-License-Identifier: Apache-2.0
// A route's `match`: paths taken apart, hosts and header names in the form that is compared, methods,
// conditions. Whether two routes tie is asked later, when all of this is known.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/compile_routes.h"
#include "config/path_grammar.h"
#include "config/values.h"

namespace reeve::config {

namespace {

using yaml::Node;

/// A single value or a list of them.
template <class Each>
void for_each_scalar(const Node* node, Each&& each) {
  if (node == nullptr) return;
  if (node->is_scalar()) return each(*node);
  for (const Node& item : node->items)
    if (!item.bad) each(item);
}

void compile_paths(const Node& match, RouteInput& input, policy::Route& route) {
  for_each_scalar(get(match, "path"), [&](const Node& path) {
    auto pattern = parse_path_template(path.text);
    if (pattern)
      route.paths.push_back({std::move(*pattern), path.at});
    else
      input.context.findings.error(rule::kBadValue, path.at, pattern.error().text, pattern.error().fix);
  });
  PathParameters& parameters = input.parameters;
  for (const policy::RoutePath& path : route.paths)
    for (std::string& name : path.pattern.parameter_names())
      if (std::ranges::find(parameters.names, name) == parameters.names.end())
        parameters.names.push_back(std::move(name));
  for (const std::string& name : parameters.names)
    parameters.in_every_path.push_back(std::ranges::all_of(
        route.paths, [&](const policy::RoutePath& path) { return path.pattern.parameter(name) >= 0; }));
}

policy::Condition condition(std::string name, const Node& value) {
  policy::Condition out{.name = std::move(name)};
  out.present_only = value.text == "present";
  if (!out.present_only) out.value = value.text;
  return out;
}

void compile_header_conditions(const Node& headers, Context& context, policy::Route& route) {
  std::unordered_map<std::string, SourcePos> seen;
  for (const yaml::Entry& entry : headers.entries) {
    if (entry.value.bad) continue;
    auto name = field_name(entry.key, entry.key_at, context);
    if (!name || !field_value(entry.value.text, entry.value.at, context)) continue;
    const auto [first, fresh] = seen.emplace(*name, entry.key_at);
    if (!fresh) {
      context.findings.error(rule::kDuplicateKey, entry.key_at,
                             fmt::format("the header {} is already at {}: case makes no difference",
                                         quoted(entry.key), context.place(first->second)),
                             "keep one of the two");
      continue;
    }
    route.headers.push_back(condition(std::move(*name), entry.value));
    std::string& value = route.headers.back().value;
    value = ascii::trim(value);  // as a request's value is
  }
}

}  // namespace

std::vector<std::string> compile_methods(const Node& list, Context& context) {
  std::vector<std::string> methods;
  for (const Node& item : list.items) {
    if (item.bad) continue;
    std::string upper = item.text;
    for (char& c : upper)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!ascii::is_token(item.text)) {
      context.findings.error(rule::kBadValue, item.at, fmt::format("{} is not a method", quoted(item.text)),
                             "write a method such as GET; leave `methods` out for all of them");
    } else if (upper == "CONNECT" || upper == "TRACE") {
      context.findings.error(rule::kBadValue, item.at, fmt::format("Reeve does not implement {}", upper),
                             "remove it: such requests are answered 501");
    } else if (upper != item.text) {
      context.findings.error(
          rule::kBadValue, item.at,
          fmt::format("{} is not in upper case: methods are compared as they are written", quoted(item.text)),
          fmt::format("write {}", upper));
    } else if (std::ranges::find(methods, item.text) == methods.end()) {
      methods.push_back(item.text);
    }
  }
  return methods;
}

void compile_match(RouteInput& input, policy::Route& route) {
  const Node* match = get(input.node, "match");
  if (match == nullptr) return;
  compile_paths(*match, input, route);
  if (route.paths.size() > 1) route.path_parameters = input.parameters.names;
  for_each_scalar(get(*match, "host"), [&](const Node& host) {
    if (auto pattern = host_pattern(host, input.context))
      route.hosts.push_back({std::move(*pattern), host.at});
  });
  if (match->find("host") == nullptr) route.hosts.emplace_back();
  if (const Node* methods = get(*match, "methods")) {
    route.methods = compile_methods(*methods, input.context);
    route.methods_at = methods->at;
  }
  if (const Node* headers = get(*match, "headers")) compile_header_conditions(*headers, input.context, route);
  if (const Node* query = get(*match, "query"))
    for (const yaml::Entry& entry : query->entries)
      if (!entry.value.bad) route.query.push_back(condition(entry.key, entry.value));
}

}  // namespace reeve::config
