// SPDX-License-Identifier: Apache-2.0
// A configured text with request values in it (`${caller.team}`, `{id}` of the path), taken apart at load
// time. config makes it, policy::render fills it in. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::policy {

/// The request values of rules, 2. Those of the caller and key are empty until there are callers.
enum class RequestValue : std::uint8_t {
  CallerName,
  CallerTeam,
  CallerOrganisation,
  KeyId,
  ClientIp,
  RequestId,
  DecisionId,
  RouteName,
  PathParameter,  ///< `${path.x}` and `{x}`: `parameter` says which
  RequestHost,
  RequestPath,
  RequestQuery,
  RequestScheme,
};

struct Template {
  struct Piece {
    std::string literal;  ///< comes before the value
    bool has_value = false;
    RequestValue value = RequestValue::ClientIp;
    std::uint16_t parameter = 0;  ///< index into the path pattern's parameters, for PathParameter
  };
  std::vector<Piece> pieces;

  bool constant() const { return pieces.empty() || (pieces.size() == 1 && !pieces[0].has_value); }
};

/// What a request offers to templates. Views live as long as the request.
class ValueSource {
 public:
  virtual ~ValueSource() = default;
  virtual std::string_view get(RequestValue value, std::uint16_t parameter) const = 0;
};

/// Appends the filled-in text to `out`.
void render(const Template& text, const ValueSource& values, std::string& out);

}  // namespace reeve::policy
