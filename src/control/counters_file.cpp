// SPDX-License-Identifier: Apache-2.0
#include "control/counters_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include "control/files.h"

namespace reeve::control {

namespace {

// More than a full table takes.
constexpr std::size_t kLargest = 256 * 1024 * 1024;

}  // namespace

std::optional<std::string> CountersFile::restore(limits::Now now) {
  if (::access(path_.c_str(), F_OK) != 0) return std::nullopt;
  const auto bytes = read_file(path_, kLargest);
  if (!bytes)
    return fmt::format("{}; all limits start empty. Make the file readable, or remove it", bytes.error());
  if (const auto restored = table_.restore(*bytes, now); !restored)
    return fmt::format("{}: {}; all limits start empty", path_, restored.error());
  return std::nullopt;
}

std::optional<std::string> CountersFile::save(limits::Now now) {
  std::string bytes = table_.checkpoint(now);
  if (bytes == written_) return std::nullopt;
  if (const auto done = write_file(path_, bytes, 0600); !done)
    return fmt::format(
        "{}; a restart would forget how much of the limits is used. Make the data folder writable",
        done.error());
  written_ = std::move(bytes);
  return std::nullopt;
}

}  // namespace reeve::control
