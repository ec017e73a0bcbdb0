// SPDX-License-Identifier: Apache-2.0
// A place in a configuration file, as people and editors count. Travels from the YAML reader into the Snapshot,
// so that a refusal can name the line of its rule; the list of files is its owner's.
#pragma once

#include <cstdint>

namespace reeve {

/// Lines and columns count from 1; columns count characters, not bytes. `file` indexes the list of files that
/// the owner of the position keeps. line 0 = nowhere (a default).
struct SourcePos {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  bool operator==(const SourcePos&) const = default;
};

}  // namespace reeve
