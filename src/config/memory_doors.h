// SPDX-License-Identifier: Apache-2.0
// Files and environment as texts in memory: for tests, the simulator, the fuzzers, and `plan` of a text that
// is sent. Nothing is read from the machine.
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
  static constexpr const char* kFolder = "/work";  ///< the current one: relative paths begin here
  std::map<std::string, std::string> files;        ///< by absolute path
  void put(const std::string& path, std::string_view text) { files[absolute(path)] = text; }
  std::expected<std::string, std::string> read(const std::string& path, std::size_t max) override;
  std::vector<std::string> glob(const std::string& pattern) override;
  std::string absolute(const std::string& path) override;
};

}  // namespace reeve::config
