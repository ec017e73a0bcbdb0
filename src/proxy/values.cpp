// SPDX-License-Identifier: Apache-2.0
// The request values that templates may use (rules, 2): configured paths, redirects and header values are
// filled in from here. Views live as long as the request.
#include <algorithm>

#include "proxy/request.h"

namespace reeve::proxy {

std::string_view Request::get(policy::RequestValue value, std::uint16_t parameter) const {
  using enum policy::RequestValue;
  switch (value) {
    case ClientIp:
      return client_text();
    case RequestId:
      return request_id;
    case RouteName:
      return route == nullptr ? std::string_view{} : std::string_view(route->name);
    case PathParameter:
      return parameter < match.parameters.size() ? match.parameters[parameter] : std::string_view{};
    case RequestHost:
      return host;
    case RequestPath:
      return path.text;
    case RequestQuery:
      return query();
    case RequestScheme:
      return scheme;
    case CallerName:
      return caller() == nullptr ? std::string_view{} : std::string_view(caller()->name);
    case CallerTeam:
      return team() == nullptr ? std::string_view{} : std::string_view(team()->name);
    case CallerOrganisation:
      return team() == nullptr || team()->organisation == policy::kNone
                 ? std::string_view{}
                 : std::string_view(snapshot.organisations[team()->organisation].name);
    case KeyId:
      return decision.key == policy::kNone ? std::string_view{} : snapshot.keys.id(decision.key);
    case DecisionId:
      return decision_id;
  }
  return {};
}

namespace {

bool holds(const policy::Template& text, policy::RequestValue value) {
  return std::ranges::any_of(text.pieces, [&](const policy::Template::Piece& piece) {
    return piece.has_value && piece.value == value;
  });
}

}  // namespace

bool uses(const policy::Route& route, policy::RequestValue value) {
  for (const policy::HeaderEdits* edits : {&route.request_headers, &route.response_headers})
    for (const auto* list : {&edits->set, &edits->add})
      for (const policy::HeaderEdits::Edit& edit : *list)
        if (holds(edit.value, value)) return true;
  if (route.forward.path && holds(*route.forward.path, value)) return true;
  if (const auto* to = std::get_if<policy::Redirect>(&route.destination)) return holds(to->to, value);
  const auto* with = std::get_if<policy::Respond>(&route.destination);
  return with != nullptr && holds(with->body, value);
}

}  // namespace reeve::proxy
