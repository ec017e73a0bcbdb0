// SPDX-License-Identifier: Apache-2.0
// The whole answer to "why" (contract, 5): one document for `reeve explain`, `POST /v1/explain` and
// `GET /v1/decisions/{id}`. For operators: nothing is left out but secrets. Made from a Decision by the
// function that served, never by one that imitates it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explain/check_views.h"
#include "json/writer.h"

namespace reeve::explain {

enum class Outcome : std::uint8_t { Allow, Deny, Depends };
std::string_view name(Outcome outcome);
/// Depends only when every pure check passes and a counter has no room now (rules, 5).
Outcome outcome_of(const policy::Decision& decision, const policy::Standings& standings);

struct RequestShown {
  std::string method;
  std::string host;
  std::string path;
  std::string client_ip;         ///< empty = none
  std::string client_ip_source;  ///< "X-Forwarded-For, believed because …"
  bool truncated = false;        ///< host or path did not fit into the decision's id
};

struct RoleShown {
  std::string role;
  std::string from;  ///< `file:line:column`
};

struct CallerShown {
  std::string name;
  std::string team;  ///< empty = none
  std::string key;   ///< its id; empty = none
  std::vector<RoleShown> roles;
};

struct RouteShown {
  std::string name;
  std::string at;
};

/// What one configuration says of the request.
struct Judged {
  Outcome outcome = Outcome::Allow;
  std::optional<std::uint16_t> status;  ///< as sent, or that of the refusal; none: allowed and never sent
  std::optional<Code> code;
  std::optional<RouteShown> route;
  bool hidden = false;  ///< the client is shown no such route
  std::vector<CheckView> checks;
};

struct Explanation {
  std::string decision;  ///< its id; empty = a request that was never sent
  WallTime time{};
  std::string configuration_hash;
  WallTime loaded{};      ///< when the configuration was
  bool current = true;    ///< it is the one that is served now
  bool available = true;  ///< it is still known; else `judged` has what the id holds
  RequestShown request;
  std::optional<CallerShown> caller;
  Judged judged;
  std::optional<Judged> today;  ///< where today's configuration is another one
};

/// Everything but who asked: what `of` says under its snapshot.
Judged judged(const Refused& of);
std::optional<CallerShown> caller_shown(const Refused& of);

void write_json(const Explanation& explanation, json::Writer& json);

}  // namespace reeve::explain
