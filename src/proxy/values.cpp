// SPDX-License-Identifier: Apache-2.0
// The request values that templates may use (rules, 2): configured paths, redirects and header values are
// filled in from here. Views live as long as the request.
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
      return head().query;
    case RequestScheme:
      return scheme;
    case CallerName:
    case CallerTeam:
    case CallerOrganisation:
    case KeyId:
    case DecisionId:
      return {};  // nobody is known by name before there are credentials
  }
  return {};
}

}  // namespace reeve::proxy
