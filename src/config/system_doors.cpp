// SPDX-License-Identifier: Apache-2.0
#include "config/system_doors.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace reeve::config {

namespace {

std::string text_of(int error) {
  return std::generic_category().message(error);
}

}  // namespace

std::optional<std::string> SystemEnvironment::get(const std::string& name) const {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::expected<std::string, std::string> SystemFiles::read(const std::string& path, std::size_t max) {
  // A FIFO must not hang a reload: open without waiting, then take regular files and what can be read at
  // once.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::unexpected(text_of(errno));
  struct stat facts{};
  std::expected<std::string, std::string> result;
  if (::fstat(fd, &facts) != 0) {
    result = std::unexpected(text_of(errno));
  } else if (S_ISDIR(facts.st_mode)) {
    result = std::unexpected("it is a folder");
  } else {
    if (S_ISREG(facts.st_mode) && facts.st_size > 0)
      result->reserve(std::min(static_cast<std::size_t>(facts.st_size), max) + 1);
    char chunk[65536];
    for (;;) {
      const ssize_t got = ::read(fd, chunk, sizeof chunk);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) result = std::unexpected(text_of(errno));
      if (got <= 0) break;
      result->append(chunk, static_cast<std::size_t>(got));
      if (result->size() > max) {
        result = std::unexpected(fmt::format("it is larger than {} bytes", max));
        break;
      }
    }
  }
  ::close(fd);
  return result;
}

std::vector<std::string> SystemFiles::glob(const std::string& pattern) {
  std::vector<std::string> found;
  glob_t matches{};
  if (::glob(pattern.c_str(), 0, nullptr, &matches) == 0)
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) found.emplace_back(matches.gl_pathv[i]);
  ::globfree(&matches);
  std::ranges::sort(found);
  return found;
}

std::string SystemFiles::absolute(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::path whole = std::filesystem::absolute(path, ignored);
  return (ignored ? std::filesystem::path(path) : whole).lexically_normal().string();
}

}  // namespace reeve::config
