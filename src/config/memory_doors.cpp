// SPDX-License-Identifier: Apache-2.0
#include "config/memory_doors.h"

#include <fnmatch.h>

#include <filesystem>

#include <fmt/format.h>

namespace reeve::config {

std::optional<std::string> MemoryEnvironment::get(const std::string& name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

std::expected<std::string, std::string> MemoryFiles::read(const std::string& path, std::size_t max) {
  const auto found = files.find(path);
  if (found == files.end()) return std::unexpected("No such file or directory");
  if (found->second.size() > max) return std::unexpected("it is too large");
  return found->second;
}

std::vector<std::string> MemoryFiles::glob(const std::string& pattern) {
  std::vector<std::string> found;
  for (const auto& [path, text] : files)
    if (fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0) found.push_back(path);
  return found;
}

std::string MemoryFiles::absolute(const std::string& path) {
  const std::filesystem::path from = path.starts_with('/') ? path : fmt::format("{}/{}", kFolder, path);
  return from.lexically_normal().string();
}

}  // namespace reeve::config
