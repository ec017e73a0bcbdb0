// SPDX-License-Identifier: Apache-2.0
// The main file and everything it includes as one tree (rules, 2, `include`): mappings merge, lists append, a
// name given twice shows both places; positions stay those of the files. Judges nothing but what joining
// needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/context.h"
#include "config/yaml/node.h"

namespace reeve::config {

/// A file of the configuration as it was read.
struct SourceText {
  std::string path;  ///< absolute
  std::string text;
  std::string hash;  ///< of its bytes
};

struct Tree {
  yaml::Node root;
  std::vector<SourceText> files;  ///< as Context::shown_files counts; the main one first
};

/// `shown` is how the main file was named. Nothing when it could not be read (`unreadable` says why) or a
/// file is no YAML (a finding says where).
std::optional<Tree> read_tree(const std::string& shown, Context& context, std::string& unreadable);

}  // namespace reeve::config
