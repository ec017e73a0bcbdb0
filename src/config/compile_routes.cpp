// SPDX-License-Identifier: Apache-2.0
#include "config/compile_routes.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/suggest.h"
#include "config/values.h"

namespace reeve::config {

namespace {

using yaml::Node;

policy::Timeouts compile_timeout(const Node& timeout) {
  return {.response = duration(timeout, "response"),
          .idle = duration(timeout, "idle"),
          .total = duration(timeout, "total")};
}

class RoutesCompiler {
 public:
  RoutesCompiler(const Node& root, const CompiledUpstreams& upstreams, Context& context,
                 policy::Snapshot& snapshot)
      : defaults_(get(root, "defaults")),
        authenticators_(root.find("authenticators")),
        upstreams_(upstreams),
        context_(context),
        snapshot_(snapshot) {}

  void compile(const Node& node);
  /// `authenticate` of `defaults` is judged once, also when no route needs it.
  void check_defaults() {
    const Node* list = defaults_ == nullptr ? nullptr : get(*defaults_, "authenticate");
    if (list != nullptr) check_authenticate(*list);
  }

 private:
  void check_authenticate(const Node& list);
  void check_none_with_require(const RouteInput& input);
  void name(const RouteInput& input, policy::Route& route);
  void place(const RouteInput& input, const std::vector<std::string>& hosts);

  const Node* defaults_;
  const Node* authenticators_;
  const CompiledUpstreams& upstreams_;
  Context& context_;
  policy::Snapshot& snapshot_;
  std::unordered_map<std::string, SourcePos> names_;
};

void RoutesCompiler::check_authenticate(const Node& list) {
  static constexpr std::string_view kKinds[] = {"none", "key", "basic", "mtls"};
  for (const Node& item : list.items) {
    if (item.bad || item.text == "none") continue;
    const bool declared = authenticators_ != nullptr && authenticators_->find(item.text) != nullptr;
    if (declared || std::ranges::find(kKinds, item.text) != std::end(kKinds)) {
      context_.findings.error(
          rule::kNotYet, item.at,
          fmt::format("{} is known, but this version does not check credentials yet", quoted(item.text)),
          "write [ none ] to serve everybody, or wait");
    } else {
      context_.findings.error(
          rule::kUnknownName, item.at,
          fmt::format("{} is neither a kind of credential nor an authenticator{}", quoted(item.text),
                      did_you_mean(item.text, kKinds)),
          "write none; key, basic, mtls and authenticators are known, but not checked yet");
    }
  }
}

void RoutesCompiler::check_none_with_require(const RouteInput& input) {
  const yaml::Entry* own = input.node.find_entry("require");
  const Node* require = own != nullptr         ? &own->value
                        : defaults_ == nullptr ? nullptr
                                               : defaults_->find("require");
  const Node* authenticate = input.setting("authenticate");
  if (require == nullptr || authenticate == nullptr || require->items.empty()) return;
  for (const Node& item : authenticate->items)
    if (item.text == "none")
      context_.findings.error(
          rule::kNoneWithRequire, item.at,
          "`none` lets callers in that can hold no permission, and the route requires some",
          "remove `none`, or `require`");
}

void RoutesCompiler::name(const RouteInput& input, policy::Route& route) {
  const Node* value = get(input.node, "name");
  if (value == nullptr) return;
  route.name = value->text;
  if (!check_name(value->text, value->at, "a route", context_)) return;
  if (const auto [first, fresh] = names_.emplace(value->text, value->at); !fresh)
    context_.findings.error(rule::kDuplicateName, value->at,
                            fmt::format("the route {} is given twice: here and at {}", quoted(value->text),
                                        context_.place(first->second)),
                            "give one of the two another name");
}

/// Adds every combination of host and path to the table; says which routes tie.
void RoutesCompiler::place(const RouteInput& input, const std::vector<std::string>& hosts) {
  const auto index = static_cast<std::uint32_t>(snapshot_.routes.size() - 1);
  const policy::Route& route = snapshot_.routes.back();
  for (const RoutePath& path : input.paths)
    for (const std::string& host : hosts) {
      const auto other = snapshot_.route_table.tie(host, path.pattern, route, snapshot_.routes);
      if (!other) {
        snapshot_.route_table.add(host, path.pattern, index, route);
      } else if (*other == index) {
        context_.findings.error(rule::kBadValue, path.at,
                                fmt::format("the route takes {}{} twice", host, path.text), "list it once");
      } else {
        const policy::Route& tied = snapshot_.routes[*other];
        context_.findings.error(
            rule::kRouteTie, path.at,
            fmt::format("the route {} ties with {} at {}: a request for {}{} could take either",
                        quoted(route.name), quoted(tied.name), context_.place(tied.at), host, path.text),
            "tell them apart by host, path, methods, or one more condition on a header or query parameter");
        return;
      }
    }
}

void RoutesCompiler::compile(const Node& node) {
  RouteInput input{.node = node, .defaults = defaults_, .upstreams = upstreams_, .context = context_};
  policy::Route route;
  route.at = node.first_key();
  name(input, route);
  const std::vector<std::string> hosts = compile_match(input, route);

  if (const Node* own = get(node, "authenticate")) check_authenticate(*own);
  if (node.find("authenticate") == nullptr &&
      (defaults_ == nullptr || defaults_->find("authenticate") == nullptr))
    context_.findings.error(rule::kMissingKey, node.first_key(),
                            "the key `authenticate` is missing, here and in `defaults`",
                            "add `authenticate: [ none ]` to serve everybody");
  check_none_with_require(input);

  compile_headers(input, route);
  if (const Node* cors = input.setting("cors")) route.cors = compile_cors(*cors, context_);
  if (const Node* forward = input.setting("forward")) route.forward = compile_forward(*forward, input);
  if (const Node* slash = input.setting("encoded_slash")) route.keep_encoded_slash = slash->text == "keep";
  const auto flag = [&](std::string_view key, bool standard) {
    if (node.find(key) != nullptr) return boolean(node, key).value_or(standard);
    return defaults_ == nullptr ? standard : boolean(*defaults_, key).value_or(standard);
  };
  route.hidden = flag("hidden", false);
  route.enabled = flag("enabled", true);
  if (const Node* maintenance = input.setting("maintenance"))
    route.maintenance = policy::Maintenance{duration(*maintenance, "retry_after")};
  if (const Node* upgrade = input.setting("upgrade"))
    route.websocket =
        std::ranges::any_of(upgrade->items, [](const Node& item) { return item.text == "websocket"; });
  if (const Node* timeout = input.setting("timeout"))
    (node.find("timeout") != nullptr ? route.timeout : route.fallback_timeout) = compile_timeout(*timeout);
  if (const Node* body = input.setting("body"))
    if (const auto max = size(*body, "max")) route.body_max = static_cast<std::uint64_t>(*max);
  compile_destination(input, route);

  snapshot_.any_cors = snapshot_.any_cors || (route.cors && route.enabled);
  snapshot_.routes.push_back(std::move(route));
  if (snapshot_.routes.back().enabled) place(input, hosts);
}

}  // namespace

const Node* RouteInput::setting(std::string_view key) const {
  if (node.find(key) != nullptr) return get(node, key);
  return defaults == nullptr ? nullptr : get(*defaults, key);
}

void compile_routes(const Node& root, const CompiledUpstreams& upstreams, Context& context,
                    policy::Snapshot& snapshot) {
  RoutesCompiler compiler(root, upstreams, context, snapshot);
  compiler.check_defaults();
  const Node* routes = get(root, "routes");
  if (routes == nullptr) return;
  snapshot.routes.reserve(routes->items.size());
  for (const Node& item : routes->items)
    if (!item.bad) compiler.compile(item);
}

}  // namespace reeve::config
