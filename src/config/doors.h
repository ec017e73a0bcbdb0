// SPDX-License-Identifier: Apache-2.0
// The two ways in which a load sees the world: files and the environment. The real ones are in
// system_doors.h; the simulator, the fuzzers and the tests give texts. Values come back whole; nothing is
// kept open.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::config {

class Environment {
 public:
  virtual ~Environment() = default;
  virtual std::optional<std::string> get(const std::string& name) const = 0;
};

class FileReader {
 public:
  virtual ~FileReader() = default;
  /// The bytes, or why not, for people ("No such file or directory"). More than `max` bytes are an error.
  virtual std::expected<std::string, std::string> read(const std::string& path, std::size_t max) = 0;
  /// Files that match a pattern of the shell (`*`, `?`, `[…]`), sorted.
  virtual std::vector<std::string> glob(const std::string& pattern) = 0;
  /// The path from the root, without `.` and `..`.
  virtual std::string absolute(const std::string& path) = 0;
};

}  // namespace reeve::config
