// SPDX-License-Identifier: Apache-2.0
// What a browser is told about cross-origin use of a route (contract, 2, "CORS"; rules, 2, "Preflight"): pure
// answers from the route's `cors` and the request's fields. The proxy decides that a request is a preflight
// and for which route, and writes the fields. No origin is ever refused here: without fields the browser
// refuses.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/route.h"

namespace reeve::policy {

/// Fields of every answer to a request with Origin on a route with `cors`, refusals included.
struct CorsFields {
  bool listed = false;            ///< else no Access-Control field is sent, but Vary still is
  std::string_view allow_origin;  ///< the request's own origin, or "*"
  std::string_view expose;        ///< Access-Control-Expose-Headers
  bool credentials = false;       ///< Access-Control-Allow-Credentials: true
  bool vary_origin = true;        ///< the answer depends on Origin: append it to Vary
};
/// Views point into `cors` and `origin`. `origin` is empty when the request has none.
CorsFields cors_fields(const Cors& cors, std::string_view origin);

/// Fields of the 204 that answers a preflight.
struct PreflightFields {
  bool allowed = false;  ///< origin, method and headers are all listed; else no Access-Control field is sent
  std::string allow_origin;
  std::string allow_methods;
  std::string allow_headers;  ///< empty = none were asked for
  bool credentials = false;
  std::optional<std::uint64_t> max_age;  ///< seconds
  /// Always sent, so that caches keep the answers apart.
  static constexpr std::string_view kVary =
      "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
};
/// `methods` of the route count where `cors` lists none; no method there either means any.
/// `requested_headers` is the value of Access-Control-Request-Headers, empty if not sent.
PreflightFields preflight(const Cors& cors, const std::vector<std::string>& route_methods,
                          std::string_view origin, std::string_view requested_method,
                          std::string_view requested_headers);

/// The value for Cors::expose_value: what Reeve always exposes, then what is configured.
std::string expose_value(const std::vector<std::string>& configured);

}  // namespace reeve::policy
