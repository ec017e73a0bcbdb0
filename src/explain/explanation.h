// SPDX-License-Identifier: Apache-2.0
// The whole answer to "why" (contract, 5): one document for `reeve explain`, `POST /v1/explain` and
// `GET /v1/decisions/{id}`, and the same for people. For operators: nothing is left out but secrets. Made
// from a Decision by the function that served, never by one that imitates it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "explain/check_views.h"
#include "json/writer.h"

namespace reeve::explain {

enum class Outcome : std::uint8_t { Allow, Deny, Depends };
std::string_view name(Outcome outcome);
/// Depends only when every pure check passes and a counter has no room now (rules, 5).
Outcome outcome_of(const policy::Decision& decision, const policy::Standings& standings);

/// What is shown of the request; views.
struct RequestShown {
  std::string_view method;
  std::string_view host;
  std::string_view path;
  std::string client_ip;         ///< empty = none
  std::string client_ip_source;  ///< "X-Forwarded-For, believed because …"
  bool truncated = false;        ///< host or path did not fit into the decision's id
};

struct Explanation {
  Refused of;  ///< snapshot, facts, decision, standings
  RequestShown request;
  std::string_view decision_id = {};         ///< empty = a request that was never sent
  std::optional<std::uint16_t> status = {};  ///< that was sent; a refusal's own where none was
  WallTime loaded{};                         ///< when the configuration was
  bool current = true;                       ///< it is the one that is served now
};

void write_json(const Explanation& explanation, json::Writer& json);
/// For people, a line a check; no colour.
std::string write_text(const Explanation& explanation);

}  // namespace reeve::explain
