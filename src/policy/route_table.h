// SPDX-License-Identifier: Apache-2.0
// Which route a request takes, in time independent of the number of routes (contract, 2, "Which route"). Host
// first (exact, then suffixes from longest to shortest, then none; the first level that holds a path match
// decides), then the path segment by segment, then the method, then the number of conditions. Built once by
// config, then immutable and shared by all threads. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/inline_vector.h"
#include "http/message.h"
#include "http/path.h"
#include "policy/path_pattern.h"
#include "policy/route.h"

namespace reeve::policy {

struct RouteMatch {
  enum class Kind : std::uint8_t {
    Found,
    NoRoute,      ///< no host and path
    NoMethod,     ///< the resource is there, the method is not: 405 with `allow`
    NoCondition,  ///< the method is there, its conditions are not met: 404
  };
  Kind kind = Kind::NoRoute;
  std::uint32_t route = 0;  ///< index in Snapshot::routes, when Found; for NoMethod and NoCondition that of
                            ///< some route of the resource (for cors and hidden)
  std::uint32_t resource = 0;  ///< for RouteTable::allow(), unless NoRoute
  /// Values of the parameters as they stand in the normal form: in the order of Route::path_parameters where
  /// the route says one (when found), else in that of the path pattern.
  InlineVector<std::string_view, 8> parameters;
};

class RouteTable {
 public:
  RouteTable();
  ~RouteTable();
  RouteTable(RouteTable&&) noexcept;
  RouteTable& operator=(RouteTable&&) noexcept;

  /// `host` is "" for none, `example.com`, or `*.example.com`, in lower case. Routes that tie must not be
  /// added: `tie` tells.
  void add(std::string_view host, const PathPattern& pattern, std::uint32_t route, const Route& facts);
  /// A route already added that no request could tell from this one (rules, 2), if any: its index in
  /// `routes`.
  std::optional<std::uint32_t> tie(std::string_view host, const PathPattern& pattern, const Route& facts,
                                   const std::vector<Route>& routes) const;

  /// `host` in lower case, without port and trailing dot, "" for none. `match.parameters` point into `path`.
  void find(std::string_view host, const http::Path& path, const http::RequestHead& head,
            const std::vector<Route>& routes, RouteMatch& match) const;
  /// The same with another method, for preflights: `method` as in Access-Control-Request-Method.
  void find(std::string_view host, const http::Path& path, const http::RequestHead& head,
            std::string_view method, const std::vector<Route>& routes, RouteMatch& match) const;

  /// The Allow field's value for a resource: methods of all its routes, hidden ones left out; made at build.
  std::string_view allow(std::uint32_t resource) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reeve::policy
