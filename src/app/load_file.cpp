// SPDX-License-Identifier: Apache-2.0
#include "app/load_file.h"

#include <chrono>

#include "app/lean_memory.h"
#include "config/system_doors.h"

namespace reeve::app {

config::LoadResult load_file(const std::string& file) {
  const config::SystemEnvironment environment;
  config::SystemFiles files;
  return config::load(file, environment, files);
}

config::LoadResult load_to_serve(const std::string& file) {
  const LeanMemory lean;
  const config::SystemEnvironment environment;
  config::SystemFiles files;
  return config::load(file, environment, files,
                      config::Audit{.now = WallTime(std::chrono::system_clock::now()), .hints = false});
}

}  // namespace reeve::app
