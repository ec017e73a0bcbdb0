// SPDX-License-Identifier: Apache-2.0
// YAML 1.2 text to a tree, through libfyaml's events. Strict where YAML is generous: one document, UTF-8,
// keys are plain texts, nesting and the size of expanded aliases are bounded. Duplicate keys are left in the
// tree: whether they matter depends on where they stand. Reads no file and prints nothing.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "config/yaml/node.h"

namespace reeve::config::yaml {

inline constexpr std::size_t kDepthMax = 64;
inline constexpr std::size_t kFileMax = 64 * 1024 * 1024;
/// Nodes that aliases may add to one document.
inline constexpr std::size_t kAliasNodesMax = 1'000'000;

struct SyntaxError {
  SourcePos at;
  std::string text;
  std::string fix;
};

/// An empty document is an empty mapping. `file` is put into every position.
std::expected<Node, SyntaxError> parse(std::string_view text, std::uint32_t file);

}  // namespace reeve::config::yaml
