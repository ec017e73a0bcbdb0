// SPDX-License-Identifier: Apache-2.0
// Texts with request values in them (rules, 2, "Request values"): `${client.ip}` everywhere templates are
// allowed,
// `{name}` of the path in `forward.path` and `redirect.to` only. Taken apart once, at load.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/context.h"
#include "config/yaml/node.h"
#include "policy/template.h"

namespace reeve::config {

/// The parameters that a route's templates may name.
struct PathParameters {
  std::vector<std::string> names;   ///< of all the route's paths; Template::Piece::parameter counts here
  std::vector<bool> in_every_path;  ///< beside `names`
};

enum class Braces : bool { Literal, Parameters };

/// A finding and nothing when a value is not known.
std::optional<policy::Template> parse_template(const yaml::Node& text, const PathParameters& parameters,
                                               Braces braces, Context& context);

}  // namespace reeve::config
