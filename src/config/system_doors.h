// SPDX-License-Identifier: Apache-2.0
// The real files and the real environment of the process, for app/ and control/. Blocking: on start-up or on
// the control plane's own thread only.
#pragma once

#include "config/doors.h"

namespace reeve::config {

class SystemEnvironment : public Environment {
 public:
  std::optional<std::string> get(const std::string& name) const override;
};

class SystemFiles : public FileReader {
 public:
  std::expected<std::string, std::string> read(const std::string& path, std::size_t max) override;
  std::vector<std::string> glob(const std::string& pattern) override;
  std::string absolute(const std::string& path) override;
};

}  // namespace reeve::config
