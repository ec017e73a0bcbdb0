// SPDX-License-Identifier: Apache-2.0
// Any bytes as YAML: a tree with places, or an error with a place; never a crash. What a tree means is the
// business of config_fuzz.
#include <cstdint>
#include <cstdlib>

#include "config/yaml/parse.h"

namespace {

using reeve::config::yaml::Node;

void check(const Node& node, std::size_t depth) {
  if (node.at.line == 0 || node.at.column == 0 || depth > reeve::config::yaml::kDepthMax) std::abort();
  for (const Node& item : node.items) check(item, depth + 1);
  for (const auto& entry : node.entries) {
    if (entry.key_at.line == 0 || entry.key_at.column == 0) std::abort();
    check(entry.value, depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tree = reeve::config::yaml::parse({reinterpret_cast<const char*>(data), size}, 0);
  if (tree)
    check(*tree, 0);
  else if (tree.error().at.line == 0 || tree.error().at.column == 0 || tree.error().text.empty())
    std::abort();
  return 0;
}
