// SPDX-License-Identifier: Apache-2.0
// Second step: the path's normal form and the route. That there is none, or none for the method, is for the
// decision to say; what the route demands too.
#include "identity/wrapping.h"
#include "policy/facts.h"
#include "proxy/steps.h"

namespace reeve::proxy {

http::PathFlaw take_path(Request& r) {
  const http::PathFlaw flaw = http::normalise(r.head().path, r.path);
  if (flaw != http::PathFlaw::None) {
    r.path.text = {};
  } else {
    r.redacted_path = identity::without_keys(r.path.text);
  }
  return flaw;
}

Result<void> find_route(Request& r) {
  if (r.path.text.empty()) {
    const http::PathFlaw flaw = take_path(r);
    if (flaw != http::PathFlaw::None)
      return std::unexpected(
          Error{Code::RequestMalformed, Fault::Client, Sent::Nothing, http::describe(flaw)});
  }
  r.snapshot.route_table.find(r.host, r.path, r.head(), r.snapshot.routes, r.match);
  policy::add_match(r.facts, r.match, r.path);
  using enum policy::RouteMatch::Kind;
  if (r.match.kind == NoRoute || r.match.kind == NoCondition) return {};
  const policy::Route& route = r.snapshot.routes[r.match.route];
  if (r.match.kind == Found) r.route = &route;
  // A hidden route answers no preflight, so an OPTIONS request that reaches it gets no fields of one; and no
  // wrong method tells of it.
  const bool silent = route.hidden && (r.match.kind == NoMethod || r.head().method == http::Method::Options);
  if (route.cors && !silent) r.cors = &*route.cors;
  return {};
}

}  // namespace reeve::proxy
