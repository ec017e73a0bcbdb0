// SPDX-License-Identifier: Apache-2.0
// The counters of limits over restarts: `<data>/counters`, read before the first configuration is served and
// written every second, so that a crash loses at most one (contract, 2, Limits). Control thread. What the
// bytes mean is limits/'s matter.
#pragma once

#include <optional>
#include <string>

#include "control/data_folder.h"
#include "limits/table.h"

namespace reeve::control {

class CountersFile {
 public:
  CountersFile(const DataFolder& folder, limits::Table& table)
      : path_(folder.file("counters")), table_(table) {}

  /// What stands there, if anything. The error is for people: then counting begins anew.
  std::optional<std::string> restore(limits::Now now);
  /// Writes them if anything has changed. The error is for people.
  std::optional<std::string> save(limits::Now now);

 private:
  std::string path_;
  limits::Table& table_;
  std::string written_;  ///< the bytes that stand there
};

}  // namespace reeve::control
