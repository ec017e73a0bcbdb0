// SPDX-License-Identifier: Apache-2.0
// Third step: what the route asks of the request before anything is forwarded, in the order of the checks.
// Pure questions to the route; whoever fails one is answered by refuse.cpp.
#include "http/field_rules.h"
#include "proxy/steps.h"

namespace reeve::proxy {

namespace {

/// On a hidden route refusals up to the check `body` look like no route.
std::unexpected<Error> refused(const policy::Route& route, Code code, std::string_view context) {
  if (route.hidden) return std::unexpected(Error{Code::RouteNotFound, Fault::Client, Sent::Nothing, {}});
  return std::unexpected(Error{code, Fault::Client, Sent::Nothing, context});
}

}  // namespace

Result<void> check_route(Request& r) {
  const policy::Route& route = *r.route;
  if (r.path.encoded_slash && !route.keep_encoded_slash)
    return refused(route, Code::RequestMalformed, "the path holds an encoded slash (%2F)");
  if (r.head().upgrade) {
    const http::UpgradeTokens wanted = http::upgrade_tokens(r.head());
    if (wanted.other) return refused(route, Code::UpgradeRefused, "only an upgrade to websocket can be made");
    if (wanted.websocket && !route.websocket)
      return refused(route, Code::UpgradeRefused, "this route makes no upgrade to websocket");
    r.websocket = wanted.websocket;  // h2c is ignored (rules, 2)
  }
  if (route.body_max && r.head().body == http::BodyKind::Length && r.head().content_length > *route.body_max)
    return refused(route, Code::BodyTooLarge, {});
  if (route.maintenance) return std::unexpected(Error{Code::Maintenance, Fault::Gateway, Sent::Nothing, {}});
  return {};
}

}  // namespace reeve::proxy
