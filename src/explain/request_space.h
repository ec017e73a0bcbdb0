// SPDX-License-Identifier: Apache-2.0
// All requests, as far as two route tables can tell them apart (contract, 6, plan): hosts, paths, methods and
// conditions are cut where either table looks, and one request of each part is routed by both. Exact, because
// no pattern is a regular expression: between two cuts all requests are matched alike. Pure; not for hot
// paths.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/snapshot.h"

namespace reeve::explain {

/// What a route table says of a request.
struct Routed {
  policy::RouteMatch::Kind kind = policy::RouteMatch::Kind::NoRoute;
  std::uint32_t route = policy::kNone;  ///< when found
  auto operator<=>(const Routed&) const = default;
  bool found() const { return kind == policy::RouteMatch::Kind::Found; }
};

/// A request that stands for its part.
struct SampleRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// All parts that both tables route in the same two ways, by one method.
struct RequestPart {
  Routed before;
  Routed after;
  std::string method;  ///< "GET" stands for HEAD too; "any" = all that no route names
  SampleRequest sample;
  std::set<std::string> hosts;  ///< as routes write them; "" = all others
  std::set<std::string> paths;  ///< as routes write them, parameters without their names
  std::set<std::string>
      when;  ///< what they carry, where routes look at that: "header x-env: beta"; "" = nothing
};

/// Every part that either table has a route for.
std::vector<RequestPart> request_parts(const policy::Snapshot& before, const policy::Snapshot& after);

}  // namespace reeve::explain
