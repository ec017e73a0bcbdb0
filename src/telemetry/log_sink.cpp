// SPDX-License-Identifier: Apache-2.0
#include "telemetry/log_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace reeve::telemetry {

LogSink::LogSink(LogSink&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      owned_(std::exchange(other.owned_, false)),
      socket_(other.socket_),
      error_(other.error_) {}

LogSink& LogSink::operator=(LogSink&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(owned_, other.owned_);
  std::swap(socket_, other.socket_);
  std::swap(error_, other.error_);
  return *this;
}

LogSink::~LogSink() {
  if (owned_) ::close(fd_);
}

// Nobody may hold up the end of the process by not reading our standard output, so nothing is written that
// could block. O_NONBLOCK on descriptor 1 itself would change it for every process that shares it: a pipe or
// terminal is opened anew instead, a socket is told for each write, and a regular file never blocks.
LogSink LogSink::standard_output() {
  struct stat kind{};
  if (::fstat(STDOUT_FILENO, &kind) == 0) {
    if (S_ISSOCK(kind.st_mode)) return LogSink(STDOUT_FILENO, false, true);
    if (S_ISFIFO(kind.st_mode) || S_ISCHR(kind.st_mode)) {
      const int fd = ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
      if (fd >= 0) return LogSink(fd, true);
    }
  }
  return LogSink(STDOUT_FILENO, false);
}

std::expected<LogSink, std::string> LogSink::open(std::string_view destination) {
  constexpr std::string_view kFile = "file:";
  if (destination == "off") return LogSink();
  if (destination == "stdout") return standard_output();
  if (!destination.starts_with(kFile))
    return std::unexpected(fmt::format("'{}' is no destination; use stdout, off or file:PATH", destination));
  const std::string path(destination.substr(kFile.size()));
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0640);
  if (fd < 0)
    return std::unexpected(fmt::format("the access log {} cannot be opened: {}", path, std::strerror(errno)));
  return LogSink(fd, true);
}

LogSink::Outcome LogSink::write(std::string_view& bytes, int patience_ms) {
  while (!bytes.empty()) {
    const ssize_t n = socket_ ? ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                              : ::write(fd_, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    error_ = errno;
    if (error_ == EINTR) continue;
    if (error_ != EAGAIN) return Outcome::Failed;
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, patience_ms) == 0) return Outcome::Blocked;
  }
  return Outcome::Written;
}

}  // namespace reeve::telemetry
