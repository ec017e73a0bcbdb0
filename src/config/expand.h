// SPDX-License-Identifier: Apache-2.0
// `${NAME}` and `${NAME:-default}` in scalars become the environment's values; `$${` is a literal `${`. What
// comes in is text and stays text: it is not read as YAML and holds no request values. `${lower.case}` is
// left where it is, for the keys that fill request values in.
#pragma once

#include "config/context.h"
#include "config/yaml/node.h"

namespace reeve::config {

/// In place. An unset variable is `env-unset` at the scalar, which is then `bad`.
void expand(yaml::Node& scalar, Context& context);

}  // namespace reeve::config
