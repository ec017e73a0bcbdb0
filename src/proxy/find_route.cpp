// SPDX-License-Identifier: Apache-2.0
// Second step: the path's normal form and the route. 404 and 405 come from here; what the route demands is
// asked in the next step.
#include "proxy/steps.h"

namespace reeve::proxy {

Result<void> find_route(Request& r) {
  const auto refused = [](Code code, std::string_view context) {
    return std::unexpected(Error{code, Fault::Client, Sent::Nothing, context});
  };
  if (r.path.text.empty()) {
    const http::PathFlaw flaw = http::normalise(r.head().path, r.path);
    if (flaw != http::PathFlaw::None) return refused(Code::RequestMalformed, http::describe(flaw));
  }
  r.snapshot.route_table.find(r.host, r.path, r.head(), r.snapshot.routes, r.match);
  using enum policy::RouteMatch::Kind;
  if (r.match.kind == NoRoute) return refused(Code::RouteNotFound, {});
  const policy::Route& route = r.snapshot.routes[r.match.route];
  switch (r.match.kind) {
    case NoMethod:
      // A resource of hidden routes only looks like none.
      if (r.snapshot.route_table.allow(r.match.resource).empty()) return refused(Code::RouteNotFound, {});
      if (!route.hidden && route.cors) r.cors = &*route.cors;
      return refused(Code::MethodNotAllowed, {});
    case NoCondition:
      return refused(Code::RouteNotFound, {});
    default:
      break;
  }
  r.route = &route;
  // A hidden route answers no preflight, so an OPTIONS request that reaches it gets no fields of one.
  if (route.cors && !(route.hidden && r.head().method == http::Method::Options)) r.cors = &*route.cors;
  return {};
}

}  // namespace reeve::proxy
