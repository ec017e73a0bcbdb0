// SPDX-License-Identifier: Apache-2.0
// Host levels in front of the tree of paths, methods and conditions behind it. No request allocates.
#include "policy/route_table.h"

#include <algorithm>
#include <unordered_map>

#include "base/ascii.h"
#include "policy/conditions.h"
#include "policy/method_set.h"
#include "policy/route_trie.h"

namespace reeve::policy {

namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using Roots = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

std::size_t labels(std::string_view host) {
  return static_cast<std::size_t>(std::ranges::count(host, '.')) + 1;
}

struct Entry {
  std::uint32_t route;
  std::uint32_t order = kNone;   ///< in Impl::orders, when the route counts its parameters otherwise
  std::uint32_t conditions = 0;  ///< how many
  MethodMask methods = kAllMethods;
  bool hidden = false;
};

struct Resource {
  std::vector<Entry> entries;  ///< most conditions first, then as added
  std::string allow;
};

bool takes(const Entry& entry, http::Method method, std::string_view text, const std::vector<Route>& routes) {
  if ((entry.methods & bit(method)) == 0) return false;
  if (method != http::Method::Other || entry.methods == kAllMethods) return true;
  return std::ranges::find(routes[entry.route].methods, text) != routes[entry.route].methods.end();
}

bool lists(std::string_view allow, std::string_view method) {
  return !ascii::for_each_element(allow, [&](std::string_view one) { return one != method; });
}

void append_allow(std::string& allow, const std::vector<std::string>& methods) {
  const auto append = [&](std::string_view method) {
    if (!allow.empty() && lists(allow, method)) return;
    if (!allow.empty()) allow += ", ";
    allow += method;
  };
  for (const std::string& method : methods) {
    append(method);
    if (method == "GET") append("HEAD");
  }
}

bool methods_meet(const Route& a, const Route& b) {
  if (a.methods.empty() || b.methods.empty()) return true;
  const MethodMask both = mask_of(a.methods) & mask_of(b.methods);
  if ((both & ~bit(http::Method::Other)) != 0) return true;
  return both != 0 && std::ranges::any_of(a.methods, [&](const std::string& method) {
           return std::ranges::find(b.methods, method) != b.methods.end();
         });
}

bool tied(const Route& a, const Route& b) {
  return methods_meet(a, b) && a.headers.size() + a.query.size() == b.headers.size() + b.query.size() &&
         !exclude_each_other(a.headers, b.headers) && !exclude_each_other(a.query, b.query);
}

}  // namespace

struct RouteTable::Impl {
  Roots exact;
  Roots suffixes;  ///< without `*.`
  std::uint32_t hostless = kNone;
  std::size_t longest_suffix = 0;  ///< in labels: longer ones of a request's host are not looked up
  RouteTrie trie;
  std::vector<Resource> resources;
  std::vector<std::vector<int>> orders;  ///< for each of Route::path_parameters, the pattern's index or -1

  std::uint32_t root(std::string_view host) const;
  std::uint32_t root_to_add(std::string_view host);
  std::uint32_t resource(std::string_view host, const http::Path& path,
                         RouteTrie::Parameters& parameters) const;
  std::uint32_t order_of(const PathPattern& pattern, const Route& route);
  void reorder(std::uint32_t order, RouteTrie::Parameters& parameters) const;
  void choose(const Resource& resource, const http::RequestHead& head, http::Method method,
              std::string_view text, const std::vector<Route>& routes, RouteMatch& match) const;
};

std::uint32_t RouteTable::Impl::root(std::string_view host) const {
  if (host.empty()) return hostless;
  const Roots& roots = host.starts_with("*.") ? suffixes : exact;
  const auto found = roots.find(host.starts_with("*.") ? host.substr(2) : host);
  return found == roots.end() ? kNone : found->second;
}

std::uint32_t RouteTable::Impl::root_to_add(std::string_view host) {
  if (const std::uint32_t existing = root(host); existing != kNone) return existing;
  const std::uint32_t fresh = trie.add_root();
  if (host.empty()) {
    hostless = fresh;
  } else if (host.starts_with("*.")) {
    suffixes.emplace(host.substr(2), fresh);
    longest_suffix = std::max(longest_suffix, labels(host.substr(2)));
  } else {
    exact.emplace(host, fresh);
  }
  return fresh;
}

std::uint32_t RouteTable::Impl::resource(std::string_view host, const http::Path& path,
                                         RouteTrie::Parameters& parameters) const {
  const auto level = [&](std::uint32_t node) {
    return node == kNone ? kNone : trie.match(node, path, parameters);
  };
  if (!host.empty()) {
    if (const auto found = exact.find(host); found != exact.end())
      if (const std::uint32_t r = level(found->second); r != kNone) return r;
    if (!suffixes.empty()) {
      std::size_t count = labels(host) - 1;
      for (std::size_t dot = host.find('.'); dot != std::string_view::npos;
           dot = host.find('.', dot + 1), --count) {
        if (count > longest_suffix || dot == 0) continue;
        const auto found = suffixes.find(host.substr(dot + 1));
        if (found == suffixes.end()) continue;
        if (const std::uint32_t r = level(found->second); r != kNone) return r;
      }
    }
  }
  return level(hostless);
}

std::uint32_t RouteTable::Impl::order_of(const PathPattern& pattern, const Route& route) {
  if (route.path_parameters.empty() || route.path_parameters == pattern.parameter_names()) return kNone;
  std::vector<int> order;
  for (const std::string& name : route.path_parameters) order.push_back(pattern.parameter(name));
  orders.push_back(std::move(order));
  return static_cast<std::uint32_t>(orders.size() - 1);
}

void RouteTable::Impl::reorder(std::uint32_t order, RouteTrie::Parameters& parameters) const {
  RouteTrie::Parameters by_pattern;
  for (const std::string_view value : parameters) by_pattern.push_back(value);
  parameters.clear();
  for (const int index : orders[order])
    parameters.push_back(index < 0 ? std::string_view{} : by_pattern[static_cast<std::size_t>(index)]);
}

void RouteTable::Impl::choose(const Resource& resource, const http::RequestHead& head, http::Method method,
                              std::string_view text, const std::vector<Route>& routes,
                              RouteMatch& match) const {
  const Entry* any = nullptr;          // of the resource, shown ones first
  const Entry* with_method = nullptr;  // likewise
  const auto prefer = [](const Entry*& best, const Entry& entry) {
    if (best == nullptr || (best->hidden && !entry.hidden)) best = &entry;
  };
  for (const Entry& entry : resource.entries) {
    prefer(any, entry);
    if (!takes(entry, method, text, routes)) continue;
    prefer(with_method, entry);
    if (entry.conditions != 0 && !conditions_hold(routes[entry.route], head)) continue;
    match.kind = RouteMatch::Kind::Found;
    match.route = entry.route;
    if (entry.order != kNone) reorder(entry.order, match.parameters);
    return;
  }
  match.kind = with_method != nullptr ? RouteMatch::Kind::NoCondition : RouteMatch::Kind::NoMethod;
  match.route = with_method != nullptr ? with_method->route : any->route;
}

RouteTable::RouteTable() : impl_(std::make_unique<Impl>()) {}
RouteTable::~RouteTable() = default;
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;

void RouteTable::add(std::string_view host, const PathPattern& pattern, std::uint32_t route,
                     const Route& facts) {
  const std::uint32_t fresh = static_cast<std::uint32_t>(impl_->resources.size());
  const std::uint32_t resource = impl_->trie.insert(impl_->root_to_add(host), pattern, fresh);
  if (resource == fresh) impl_->resources.emplace_back();
  Resource& r = impl_->resources[resource];
  const Entry entry{.route = route,
                    .order = impl_->order_of(pattern, facts),
                    .conditions = static_cast<std::uint32_t>(facts.headers.size() + facts.query.size()),
                    .methods = mask_of(facts.methods),
                    .hidden = facts.hidden};
  const auto after =
      std::ranges::find_if(r.entries, [&](const Entry& e) { return e.conditions < entry.conditions; });
  r.entries.insert(after, entry);
  if (!facts.hidden) append_allow(r.allow, facts.methods);
}

std::optional<std::uint32_t> RouteTable::tie(std::string_view host, const PathPattern& pattern,
                                             const Route& facts, const std::vector<Route>& routes) const {
  const std::uint32_t root = impl_->root(host);
  const std::uint32_t resource = root == kNone ? kNone : impl_->trie.lookup(root, pattern);
  if (resource == kNone) return std::nullopt;
  for (const Entry& entry : impl_->resources[resource].entries)
    if (tied(routes[entry.route], facts)) return entry.route;
  return std::nullopt;
}

void RouteTable::find(std::string_view host, const http::Path& path, const http::RequestHead& head,
                      const std::vector<Route>& routes, RouteMatch& match) const {
  match.parameters.clear();
  match.kind = RouteMatch::Kind::NoRoute;
  const std::uint32_t resource = impl_->resource(host, path, match.parameters);
  if (resource == kNone) return;
  match.resource = resource;
  impl_->choose(impl_->resources[resource], head, head.method, head.method_text, routes, match);
}

void RouteTable::find(std::string_view host, const http::Path& path, const http::RequestHead& head,
                      std::string_view method, const std::vector<Route>& routes, RouteMatch& match) const {
  match.parameters.clear();
  match.kind = RouteMatch::Kind::NoRoute;
  const std::uint32_t resource = impl_->resource(host, path, match.parameters);
  if (resource == kNone) return;
  match.resource = resource;
  impl_->choose(impl_->resources[resource], head, http::method_of(method), method, routes, match);
}

std::string_view RouteTable::allow(std::uint32_t resource) const {
  return resource < impl_->resources.size() ? std::string_view(impl_->resources[resource].allow)
                                            : std::string_view{};
}

}  // namespace reeve::policy
