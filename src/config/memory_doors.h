// SPDX-License-Identifier: Apache-2.0
// Files and environment as texts in memory: for tests, the simulator, the fuzzers, and `plan` of a text that
// is sent. The current folder is /work.
#pragma once

#include <map>

#include "config/doors.h"

namespace reeve::config {

class MemoryEnvironment : public Environment {
 public:
  std::map<std::string, std::string> values;
  std::optional<std::string> get(const std::string& name) const override;
};

class MemoryFiles : public FileReader {
 public:
  std::map<std::string, std::string> files;  ///< by absolute path
  std::expected<std::string, std::string> read(const std::string& path, std::size_t max) override;
  std::vector<std::string> glob(const std::string& pattern) override;
  std::string absolute(const std::string& path) override;
};

}  // namespace reeve::config
