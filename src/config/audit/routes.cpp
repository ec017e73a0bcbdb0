// SPDX-License-Identifier: Apache-2.0
// The rules on single routes: what they let in without a credential, keys in URLs, cors that browsers will
// not get an answer from, routes that are switched off.
#include <algorithm>

#include <fmt/format.h>

#include "config/audit/subject.h"
#include "policy/method_set.h"

namespace reeve::config::audit {

namespace {

using http::Method;

constexpr policy::MethodMask kHarmless =
    policy::bit(Method::Get) | policy::bit(Method::Head) | policy::bit(Method::Options);

SourcePos place_of(const yaml::Node* value, SourcePos otherwise) {
  return value == nullptr ? otherwise : value->at;
}

class RouteRules {
 public:
  RouteRules(const Subject& subject, std::uint32_t index)
      : subject_(subject),
        index_(index),
        route_(subject.snapshot.routes[index]),
        name_(quoted(route_.name)) {}

  void judge() {
    if (!route_.enabled) {
      tell(kRouteDisabled, place_of(subject_.setting(index_, "enabled"), route_.at),
           fmt::format("the route {} is switched off: {} is answered as if it were not here", name_,
                       subject_.request(route_)),
           "remove `enabled: false` when it is to serve again, or the route when it is not");
      return;
    }
    key_in_query();
    open();
    cors();
    if (route_.maintenance)
      tell(kRouteInMaintenance, route_.maintenance->at,
           fmt::format("the route {} is in maintenance: {} is answered 503, whoever may use it", name_,
                       subject_.request(route_)),
           "remove `maintenance` when the service is back");
  }

 private:
  void tell(const Rule& rule, SourcePos at, std::string text, std::string fix) {
    subject_.teller.tell(rule, at, std::move(text), std::move(fix));
  }

  void key_in_query() {
    const std::string& parameter = route_.acceptance.query_parameter;
    if (parameter.empty() || !route_.acceptance.key) return;
    tell(kKeyInQuery, place_of(subject_.setting(index_, "key_in_query"), route_.at),
         fmt::format(
             "the route {} takes a key from the URL, as in `?{}=rv_…`: URLs stay in histories, in logs of "
             "proxies and in Referer fields",
             name_, parameter),
         "let clients send `Authorization: Bearer` or `X-Api-Key`, and remove `key_in_query`");
  }

  void open() {
    const policy::Acceptance& acceptance = route_.acceptance;
    if (!acceptance.none) return;
    if (!acceptance.none_only())
      tell(kNoneBesideOthers, acceptance.at,
           fmt::format("the route {} takes a key, but needs none: {} without one is let through as anonymous",
                       name_, subject_.request(route_)),
           "remove `none` if callers are meant to be known");
    // All methods is what a file says that says nothing: telling that of each open site would be noise.
    const bool changes = !route_.methods.empty() && (policy::mask_of(route_.methods) & ~kHarmless) != 0;
    const bool anywhere = route_.networks.empty() && subject_.snapshot.global_networks.empty();
    if (!changes || !anywhere || !std::holds_alternative<policy::ToUpstream>(route_.destination)) return;
    tell(kOpenRoute, route_.methods_at,
         fmt::format("the route {} forwards methods that change something, for everybody from everywhere, "
                     "without a credential",
                     name_),
         "leave out the methods that are not meant, or write `authenticate: [ key ]` or `networks`");
  }

  void cors() {
    if (!route_.cors) return;
    const yaml::Node* written = subject_.setting(index_, "cors");
    const SourcePos at = place_of(written, route_.at);
    if (route_.hidden) {
      tell(kCorsOnHidden, at,
           fmt::format(
               "the route {} is hidden and has `cors`: hidden routes answer no preflight, so browsers send "
               "nothing but simple requests to it",
               name_),
           "remove `hidden`, or `cors`");
      return;
    }
    if (route_.cors->methods == std::vector<std::string>{"*"}) return;
    const policy::MethodMask taken = policy::mask_of(route_.methods);
    for (const std::string& method : route_.cors->methods) {
      // Other methods share a bit; HEAD goes with GET.
      const Method known = http::method_of(method);
      const bool takes =
          known == Method::Other
              ? route_.methods.empty() || std::ranges::find(route_.methods, method) != route_.methods.end()
              : (taken & policy::bit(known)) != 0;
      if (takes || other_takes(method)) continue;
      const yaml::Node* list = written == nullptr ? nullptr : written->find("methods");
      tell(kCorsMethodGap, place_of(list, at),
           fmt::format("`cors` of the route {} lists {}, but {} is taken by no route with `cors`: browsers' "
                       "preflights "
                       "for it are answered without permission",
                       name_, method, example(method)),
           fmt::format("add {} to the route's `methods`, or take it off `cors.methods`", method));
      return;
    }
  }

  std::string example(std::string_view method) const {
    return subject_.request(method, example_host(route_.hosts.front().text),
                            example_path(route_.paths.front().pattern));
  }

  /// A preflight is judged for the route with the method that it asks for: another one may have it.
  bool other_takes(std::string_view method) const {
    const std::string raw = example_path(route_.paths.front().pattern);
    http::Path path;
    if (http::normalise(raw, path) != http::PathFlaw::None) return true;
    policy::RouteMatch match;
    const http::RequestHead head;
    const std::string host = example_host(route_.hosts.front().text);
    subject_.snapshot.route_table.find(host, path, head, method, subject_.snapshot.routes, match);
    return match.kind == policy::RouteMatch::Kind::NoCondition ||
           (match.kind == policy::RouteMatch::Kind::Found && subject_.snapshot.routes[match.route].cors);
  }

  const Subject& subject_;
  std::uint32_t index_;
  const policy::Route& route_;
  std::string name_;
};

}  // namespace

void audit_routes(const Subject& subject) {
  for (std::uint32_t i = 0; i < subject.snapshot.routes.size(); ++i) RouteRules(subject, i).judge();
}

}  // namespace reeve::config::audit
