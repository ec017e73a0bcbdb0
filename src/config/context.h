// SPDX-License-Identifier: Apache-2.0
// What one load carries along: the findings so far, the doors, the files it has opened and everything that
// goes into the configuration's hash. Lives as long as the load.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/doors.h"
#include "config/finding.h"

namespace reeve::config {

struct Context {
  const Environment& environment;
  FileReader& reader;
  Findings findings{};
  std::vector<std::string> shown_files{};  ///< as in findings: as typed, or beside what was typed
  std::string folder{};                    ///< absolute, of the main file
  std::map<std::string, std::string> environment_used{};  ///< name to hash of the value, or "-" where unset
  std::size_t compared{};                                 ///< names, for suggestions
  std::map<std::string, std::string> files_used{};        ///< referenced files: absolute path to hash

  /// Whether one more name may be compared with that many: suggestions must not take minutes where a large
  /// file is wrong throughout.
  bool may_compare(std::size_t names);
  /// `file:line:column`, for texts that speak of a second place.
  std::string place(SourcePos at) const;
  /// From the main file's folder.
  std::string absolute(std::string_view path) const;
  /// A variable's value; remembered for the hash.
  std::optional<std::string> variable(const std::string& name);
};

}  // namespace reeve::config
