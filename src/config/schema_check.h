// SPDX-License-Identifier: Apache-2.0
// The generic half of judging a file, driven by the table of keys alone: unknown and duplicate keys, missing
// ones, types, ranges, words, and what is known but not enforced yet. Puts environment values in on its way.
// What it finds fault with is marked `bad`, so that the compiling half leaves it alone.
#pragma once

#include "config/context.h"
#include "config/schema.h"
#include "config/yaml/node.h"

namespace reeve::config {

void check_shape(yaml::Node& node, const Shape& shape, Context& context);

}  // namespace reeve::config
