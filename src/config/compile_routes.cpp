// SPDX-License-Identifier: Apache-2.0
#include "config/compile_routes.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/access_names.h"
#include "config/grammar.h"
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
  RoutesCompiler(const Node& root, const CompiledUpstreams& upstreams, AccessNames& names, Context& context,
                 policy::Snapshot& snapshot)
      : defaults_(get(root, "defaults")),
        authenticators_(root.find("authenticators")),
        upstreams_(upstreams),
        access_(names),
        context_(context),
        snapshot_(snapshot) {}

  void compile(const Node& node);
  /// What `defaults` says is judged once, also when no route needs it.
  void check_defaults() {
    if (defaults_ == nullptr) return;
    if (const Node* list = get(*defaults_, "authenticate")) check_authenticate(*list);
    const Node nothing;
    const RouteInput input{
        .node = nothing, .defaults = defaults_, .upstreams = upstreams_, .context = context_};
    check_none_with_require(input);
    policy::Route unused;
    access(input, unused);
    if (const Node* body = input.setting("body")) this->body(*body, unused);
  }

 private:
  void check_authenticate(const Node& list);
  void check_none_with_require(const RouteInput& input);
  void acceptance(const RouteInput& input, policy::Acceptance& out);
  void access(const RouteInput& input, policy::Route& route);
  void body(const Node& body, policy::Route& route);
  void name(const RouteInput& input, policy::Route& route);
  void place();

  const Node* defaults_;
  const Node* authenticators_;
  const CompiledUpstreams& upstreams_;
  AccessNames& access_;
  Context& context_;
  policy::Snapshot& snapshot_;
  std::unordered_map<std::string, SourcePos> names_;
};

void RoutesCompiler::check_authenticate(const Node& list) {
  static constexpr std::string_view kKinds[] = {"none", "key", "basic", "mtls"};
  for (const Node& item : list.items) {
    if (item.bad || item.text == "none" || item.text == "key") continue;
    const bool declared = authenticators_ != nullptr && authenticators_->find(item.text) != nullptr;
    if (declared || std::ranges::find(kKinds, item.text) != std::end(kKinds)) {
      context_.findings.error(
          rule::kNotYet, item.at,
          fmt::format("{} is known, but this version does not check such credentials yet", quoted(item.text)),
          "write [ key ], or [ none ] to serve everybody");
    } else {
      context_.findings.error(
          rule::kUnknownName, item.at,
          fmt::format("{} is neither a kind of credential nor an authenticator{}", quoted(item.text),
                      did_you_mean(item.text, kKinds)),
          "write key, or none; basic, mtls and authenticators are known, but not checked yet");
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

void RoutesCompiler::acceptance(const RouteInput& input, policy::Acceptance& out) {
  if (const Node* list = input.setting("authenticate")) {
    out.at = list->at;
    for (const Node& item : list->items) {
      out.none = out.none || item.text == "none";
      out.key = out.key || item.text == "key";
    }
  }
  if (const Node* query = input.setting("key_in_query"); query != nullptr && query->text != "false") {
    if (!is_name(query->text))
      context_.findings.error(rule::kBadValue, query->at,
                              fmt::format("{} is no name of a query parameter", quoted(query->text)),
                              "write true (then it is `key`), or the parameter's name");
    out.query_parameter = query->text == "true" ? "key" : query->text;
  }
  if (const Node* forward = input.setting("forward_credential"))
    out.forward_credential = forward->text[0] == 't' || forward->text[0] == 'T';
}

/// Who may use the route, from where, when, how often.
void RoutesCompiler::access(const RouteInput& input, policy::Route& route) {
  acceptance(input, route.acceptance);
  if (const Node* require = input.setting("require"))
    for (const Node& item : require->items) {
      if (item.bad || !check_permission(item, false, context_)) continue;
      const auto [known, fresh] =
          access_.permissions.emplace(item.text, static_cast<std::uint32_t>(snapshot_.permissions.size()));
      if (fresh) snapshot_.permissions.push_back(item.text);
      route.require.push_back({known->second, item.at});
    }
  if (const Node* networks = input.setting("networks"))
    route.networks = compile_network_rule(*networks, access_, context_, snapshot_);
  if (const Node* limits = input.setting("limits"))
    route.limits = compile_limit_uses(*limits, access_, context_);
  if (const Node* hours = input.setting("hours")) {
    route.hours_at = hours->at;
    route.hours = compile_hours(*hours, access_, context_, snapshot_);
  }
}

void RoutesCompiler::body(const Node& body, policy::Route& route) {
  if (const auto max = size(body, "max")) {
    route.body_max = static_cast<std::uint64_t>(*max);
    route.body_max_at = body.find("max")->at;
  }
  const Node* types = get(body, "types");
  if (types == nullptr) return;
  route.body_types_at = types->at;
  for (const Node& item : types->items) {
    if (item.bad) continue;
    const std::size_t slash = item.text.find('/');
    const std::string_view type = std::string_view(item.text).substr(0, slash);
    const std::string_view subtype =
        slash == std::string::npos ? std::string_view{} : std::string_view(item.text).substr(slash + 1);
    const auto plain = [](std::string_view word) {
      return ascii::is_token(word) && word.find('*') == std::string_view::npos;
    };
    if (plain(type) && (subtype == "*" || plain(subtype))) {
      std::string lower(item.text);
      std::ranges::transform(lower, lower.begin(), ascii::lower);
      route.body_types.push_back({std::move(lower)});
      continue;
    }
    context_.findings.error(rule::kBadValue, item.at,
                            fmt::format("{} is not a media type", quoted(item.text)),
                            "write a type such as application/json, or image/* for all of its kind");
  }
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
void RoutesCompiler::place() {
  const auto index = static_cast<std::uint32_t>(snapshot_.routes.size() - 1);
  const policy::Route& route = snapshot_.routes.back();
  for (const policy::RoutePath& path : route.paths)
    for (const auto& [host, at] : route.hosts) {
      const auto other = snapshot_.route_table.tie(host, path.pattern, route, snapshot_.routes);
      if (!other) {
        snapshot_.route_table.add(host, path.pattern, index, route);
      } else if (*other == index) {
        context_.findings.error(rule::kBadValue, path.at,
                                fmt::format("the route takes {}{} twice", host, path.pattern.to_string()),
                                "list it once");
      } else {
        const policy::Route& tied = snapshot_.routes[*other];
        context_.findings.error(
            rule::kRouteTie, path.at,
            fmt::format("the route {} ties with {} at {}: a request for {}{} could take either",
                        quoted(route.name), quoted(tied.name), context_.place(tied.at), host,
                        path.pattern.to_string()),
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
  compile_match(input, route);

  if (const Node* own = get(node, "authenticate")) check_authenticate(*own);
  if (node.find("authenticate") == nullptr &&
      (defaults_ == nullptr || defaults_->find("authenticate") == nullptr))
    context_.findings.error(rule::kMissingKey, node.first_key(),
                            "the key `authenticate` is missing, here and in `defaults`",
                            "add `authenticate: [ key ]`, or `[ none ]` to serve everybody");
  check_none_with_require(input);
  access(input, route);

  compile_headers(input, route);
  if (const Node* cors = input.setting("cors")) route.cors = compile_cors(*cors, context_);
  if (const Node* forward = input.setting("forward")) route.forward = compile_forward(*forward, input, route);
  if (const Node* slash = input.setting("encoded_slash")) route.keep_encoded_slash = slash->text == "keep";
  const auto flag = [&](std::string_view key, bool standard) {
    if (node.find(key) != nullptr) return boolean(node, key).value_or(standard);
    return defaults_ == nullptr ? standard : boolean(*defaults_, key).value_or(standard);
  };
  route.hidden = flag("hidden", false);
  route.enabled = flag("enabled", true);
  if (const Node* maintenance = input.setting("maintenance"))
    route.maintenance = policy::Maintenance{duration(*maintenance, "retry_after"), maintenance->at};
  if (const Node* upgrade = input.setting("upgrade"))
    route.websocket =
        std::ranges::any_of(upgrade->items, [](const Node& item) { return item.text == "websocket"; });
  if (const Node* timeout = input.setting("timeout"))
    (node.find("timeout") != nullptr ? route.timeout : route.fallback_timeout) = compile_timeout(*timeout);
  if (const Node* body = input.setting("body")) this->body(*body, route);
  compile_destination(input, route);

  snapshot_.any_cors = snapshot_.any_cors || (route.cors && route.enabled);
  snapshot_.routes.push_back(std::move(route));
  if (snapshot_.routes.back().enabled) place();
}

}  // namespace

const Node* RouteInput::setting(std::string_view key) const {
  if (node.find(key) != nullptr) return get(node, key);
  return defaults == nullptr ? nullptr : get(*defaults, key);
}

void compile_global(const Node& root, AccessNames& names, Context& context, policy::Snapshot& snapshot) {
  const Node* global = get(root, "global");
  if (global == nullptr) return;
  if (const Node* networks = get(*global, "networks"))
    snapshot.global_networks = compile_network_rule(*networks, names, context, snapshot);
  if (const Node* limits = get(*global, "limits"))
    snapshot.global_limits = compile_limit_uses(*limits, names, context);
}

void compile_routes(const Node& root, const CompiledUpstreams& upstreams, AccessNames& names,
                    Context& context, policy::Snapshot& snapshot) {
  RoutesCompiler compiler(root, upstreams, names, context, snapshot);
  compiler.check_defaults();
  const Node* routes = get(root, "routes");
  if (routes == nullptr) return;
  snapshot.routes.reserve(routes->items.size());
  for (const Node& item : routes->items)
    if (!item.bad) compiler.compile(item);
}

}  // namespace reeve::config
