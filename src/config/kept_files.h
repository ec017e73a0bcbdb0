// SPDX-License-Identifier: Apache-2.0
// The files of a configuration that was loaded earlier, as a load sees them: their texts as they were then.
// What they refer to (certificates) is read from where it is today. For explaining and showing a
// configuration whose files may have changed since.
#pragma once

#include <span>

#include "config/include.h"
#include "config/memory_doors.h"
#include "config/system_doors.h"

namespace reeve::config {

class KeptFiles final : public FileReader {
 public:
  explicit KeptFiles(std::span<const SourceText> files) {
    for (const SourceText& file : files) texts_.put(file.path, file.text);
  }
  std::expected<std::string, std::string> read(const std::string& path, std::size_t max) override {
    return texts_.files.contains(path) ? texts_.read(path, max) : references_.read(path, max);
  }
  std::vector<std::string> glob(const std::string& pattern) override { return texts_.glob(pattern); }
  std::string absolute(const std::string& path) override { return texts_.absolute(path); }

 private:
  MemoryFiles texts_;
  SystemFiles references_;
};

}  // namespace reeve::config
