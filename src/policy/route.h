// SPDX-License-Identifier: Apache-2.0
// One route as plain data: what config compiled of an entry of `routes:` (contract, 2). Immutable; belongs to
// a Snapshot. How requests find it: route_table.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/source_pos.h"
#include "base/time.h"
#include "policy/address_set.h"
#include "policy/credential.h"
#include "policy/hours.h"
#include "policy/limit.h"
#include "policy/media_type.h"
#include "policy/path_pattern.h"
#include "policy/template.h"

namespace reeve::policy {

/// Equal to a value, or (value empty and `present_only`) present at all. A header holds when one field line
/// equals the value, a query parameter when one, percent-decoded, does.
struct Condition {
  std::string name;  ///< header names in lower case
  std::string value;
  bool present_only = false;
  bool operator==(const Condition&) const = default;
};

struct HeaderEdits {
  struct Edit {
    std::string name;
    Template value;
  };
  std::vector<std::string> remove;  ///< lower case
  std::vector<Edit> set;            ///< an empty value after rendering removes the field
  std::vector<Edit> add;
  std::vector<std::string> keep;  ///< lower case; fields that Reeve would drop by itself

  bool empty() const { return remove.empty() && set.empty() && add.empty() && keep.empty(); }
};

struct Cors {
  std::vector<std::string> origins;  ///< as configured; "*" alone is any
  std::vector<std::string> methods;
  std::vector<std::string> headers;  ///< lower case; "*" is any
  std::vector<std::string> expose;   ///< as configured, without the two that are always exposed
  bool credentials = false;
  std::optional<Duration> max_age;
  std::string expose_value;  ///< the whole Access-Control-Expose-Headers; empty = the two only
};

struct Forward {
  std::optional<Template> path;  ///< replaces the whole path
  std::string strip_prefix;      ///< whole segments, "" = none; excludes `path`
  enum class Host : std::uint8_t { Keep, Upstream, Fixed } host = Host::Keep;
  std::string fixed_host;
};

/// Unset = the next wider scope says: route over upstream over defaults.
struct Timeouts {
  std::optional<Duration> response;  ///< to the first byte of the head
  std::optional<Duration> idle;      ///< between body bytes
  std::optional<Duration> total;     ///< of the whole exchange; unset = none
};

struct ToUpstream {
  struct Share {
    std::uint32_t upstream;  ///< index in Snapshot::upstreams
    std::uint32_t weight;
  };
  std::vector<Share> shares;  ///< not empty; one share = all
  std::uint32_t total_weight = 0;
};
struct Redirect {
  Template to;
  bool to_has_query = false;  ///< then the request's query is not appended
  std::uint16_t status = 302;
};
struct Respond {
  std::uint16_t status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  Template body;
};

struct Maintenance {
  std::optional<Duration> retry_after;
  SourcePos at;
};

struct Requirement {
  std::uint32_t permission;  ///< index in Snapshot::permissions
  SourcePos at;
};

/// A host of a route's `match`: lower case, `*.suffix` allowed, "" = any.
struct RouteHost {
  std::string text;
  SourcePos at;
};
struct RoutePath {
  PathPattern pattern;
  SourcePos at;
};

struct Route {
  std::string name;
  SourcePos at;                  ///< first key of the entry
  std::vector<RouteHost> hosts;  ///< each with each path; requests find them by the route table
  std::vector<RoutePath> paths;
  std::vector<std::string> methods;  ///< upper case; empty = all; GET stands for HEAD too
  /// The order of path parameters that Template::Piece::parameter counts by, whichever of the route's paths
  /// matched; empty = that of the path pattern.
  std::vector<std::string> path_parameters;
  std::vector<Condition> headers;
  std::vector<Condition> query;
  HeaderEdits request_headers;
  HeaderEdits response_headers;  ///< set and remove only
  std::optional<Cors> cors;
  Forward forward;
  bool keep_encoded_slash = false;
  bool hidden = false;
  bool enabled = true;  ///< false: not in the route table, as if it were absent
  std::optional<Maintenance> maintenance;
  bool websocket = false;
  Timeouts timeout;           ///< as written on the route
  Timeouts fallback_timeout;  ///< those of `defaults`, when the route writes none: behind the upstream's
  std::optional<std::uint64_t> body_max;  ///< bytes
  SourcePos body_max_at;
  std::vector<MediaType> body_types;  ///< empty = any
  SourcePos body_types_at;
  Acceptance acceptance;
  std::vector<Requirement> require;  ///< all of them
  NetworkRule networks;
  std::vector<LimitUse> limits;
  std::vector<HoursWindow> hours;  ///< empty = always
  SourcePos hours_at;
  SourcePos methods_at;  ///< of `methods`, where they are named
  std::variant<ToUpstream, Redirect, Respond> destination;
};

}  // namespace reeve::policy
