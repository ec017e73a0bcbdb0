// SPDX-License-Identifier: Apache-2.0
#include "control/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace reeve::control {

namespace {

std::unexpected<std::string> failed(std::string_view what, const std::string& path, int error) {
  return std::unexpected(fmt::format("cannot {} {}: {}", what, path, std::strerror(error)));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

std::expected<std::string, std::string> read_file(const std::string& path, std::size_t max) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed("read", path, errno);
  std::string text;
  std::array<char, 4096> piece;
  ssize_t n = 0;
  while (text.size() <= max && (n = ::read(fd, piece.data(), piece.size())) > 0)
    text.append(piece.data(), static_cast<std::size_t>(n));
  const int error = errno;
  ::close(fd);
  if (n < 0) return failed("read", path, error);
  if (text.size() > max) return failed("read", path, EFBIG);
  return text;
}

std::expected<void, std::string> write_file(const std::string& path, std::string_view text, mode_t mode) {
  const std::string part = path + ".part";
  ::unlink(part.c_str());  // left behind by a process that was killed; its mode may be another
  const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return failed("write", part, errno);
  const bool written = write_all(fd, text) && ::fchmod(fd, mode) == 0;
  const int error = errno;
  ::close(fd);
  if (!written || ::rename(part.c_str(), path.c_str()) != 0) {
    const int why = written ? errno : error;
    ::unlink(part.c_str());
    return failed("write", path, why);
  }
  return {};
}

std::expected<void, std::string> make_folder(const std::string& path, mode_t mode) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST)
      return failed("make the folder", parent, errno);
  }
  if (::mkdir(path.c_str(), mode) == 0) return {};
  if (errno != EEXIST) return failed("make the folder", path, errno);
  struct stat kind{};
  if (::stat(path.c_str(), &kind) != 0) return failed("use the folder", path, errno);
  if (!S_ISDIR(kind.st_mode)) return failed("use the folder", path, ENOTDIR);
  return {};
}

}  // namespace reeve::control
