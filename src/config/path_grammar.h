// SPDX-License-Identifier: Apache-2.0
// Path templates (rules, 2): `/users/{id}`, `/models/{m}:run`, `/files/{rest...}`. Literal parts must already
// be in the normal form that requests are brought to, since nothing else could ever match. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "policy/route_table.h"

namespace reeve::config {

struct PathFault {
  std::string text;
  std::string fix;
};

std::expected<policy::PathPattern, PathFault> parse_path_template(std::string_view text);

/// The path without parameters is in normal form (for `strip_prefix`, `forward.path`, health checks); else
/// why not.
std::expected<void, PathFault> check_literal_path(std::string_view text);

/// What a path parameter may be called.
bool is_parameter_name(std::string_view text);

}  // namespace reeve::config
