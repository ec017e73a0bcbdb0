// SPDX-License-Identifier: Apache-2.0
#include "net/listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/ascii.h"
#include "net/socket_address.h"

namespace reeve::net {

namespace {

constexpr int kBacklog = 4096;

std::unexpected<std::string> failure(const Endpoint& wanted, const char* what, int error) {
  return std::unexpected(fmt::format("{}: cannot {}: {}", to_string(wanted), what, std::strerror(error)));
}

void set(int socket, int level, int option, int value) {
  ::setsockopt(socket, level, option, &value, sizeof value);
}

int get(int socket, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, level, option, &value, &size) == 0 ? value : -1;
}

// Removes a socket file that nobody listens on. Empty: the path is free now.
std::optional<int> free_path(const Endpoint& wanted) {
  const std::string& path = std::get<UnixEndpoint>(wanted).path;
  struct stat file;
  if (::lstat(path.c_str(), &file) != 0) return errno == ENOENT ? std::nullopt : std::optional(errno);
  if (!S_ISSOCK(file.st_mode)) return EEXIST;
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe) return errno;
  const SocketAddress address(wanted);
  if (::connect(probe.get(), &address.any, address.size) == 0 || errno != ECONNREFUSED) return EADDRINUSE;
  return ::unlink(path.c_str()) == 0 || errno == ENOENT ? std::nullopt : std::optional(errno);
}

bool is_any(const IpAddress& address) {
  return std::all_of(address.bytes(), address.bytes() + address.bit_count() / 8,
                     [](std::uint8_t byte) { return byte == 0; });
}

bool covers(int socket, const IpEndpoint& bound, const IpEndpoint& wanted) {
  if (wanted.port != 0 && bound.port != wanted.port) return false;
  if (bound.address == wanted.address) return true;
  // A socket for both families, as systemd makes for a bare port, serves 0.0.0.0 too.
  return wanted.address.is_v4() && !bound.address.is_v4() && is_any(wanted.address) &&
         is_any(bound.address) && get(socket, IPPROTO_IPV6, IPV6_V6ONLY) == 0;
}

}  // namespace

Listener::Listener(UniqueFd socket, Endpoint endpoint)
    : socket_(std::move(socket)), endpoint_(std::move(endpoint)) {}

Listener::Opened Listener::open(const Endpoint& wanted, std::uint32_t unix_mode) {
  const SocketAddress address(wanted);
  UniqueFd socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return failure(wanted, "make a socket", errno);
  const auto* path = std::get_if<UnixEndpoint>(&wanted);
  if (path != nullptr) {
    if (const auto error = free_path(wanted)) return failure(wanted, "use the path", *error);
  } else {
    set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    set(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);  // inherited by what is accepted
    // As nginx does: [::] and 0.0.0.0 can then be listed side by side.
    if (address.family() == AF_INET6) set(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  }
  if (::bind(socket.get(), &address.any, address.size) != 0) return failure(wanted, "bind", errno);
  std::shared_ptr<Listener> listener(new Listener(std::move(socket), wanted));
  if (path != nullptr) {
    listener->own_path();
    // Before listen(): nobody can have connected under another mode.
    if (::chmod(path->path.c_str(), unix_mode) != 0) return failure(wanted, "set the mode", errno);
  } else {
    listener->endpoint_ = local_endpoint(listener->fd());
  }
  if (::listen(listener->fd(), kBacklog) != 0) return failure(wanted, "listen", errno);
  return listener;
}

bool Listener::listens_on(int socket, const Endpoint& wanted) {
  if (get(socket, SOL_SOCKET, SO_ACCEPTCONN) != 1 || get(socket, SOL_SOCKET, SO_TYPE) != SOCK_STREAM)
    return false;
  const Endpoint bound = local_endpoint(socket);
  const auto* ip = std::get_if<IpEndpoint>(&wanted);
  if (ip == nullptr || !std::holds_alternative<IpEndpoint>(bound)) return bound == wanted;
  return covers(socket, std::get<IpEndpoint>(bound), *ip);
}

Listener::Opened Listener::adopt(UniqueFd socket, const Endpoint& wanted, PathOwner owner) {
  if (!listens_on(socket.get(), wanted))
    return std::unexpected(fmt::format("{}: the inherited socket does not listen there", to_string(wanted)));
  if (::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK) != 0 ||
      ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC) != 0)
    return failure(wanted, "set up the inherited socket", errno);
  Endpoint bound = local_endpoint(socket.get());
  if (std::holds_alternative<IpEndpoint>(bound)) set(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  std::shared_ptr<Listener> listener(new Listener(std::move(socket), std::move(bound)));
  if (owner == PathOwner::Reeve) listener->own_path();
  return listener;
}

void Listener::own_path() {
  const auto* path = std::get_if<UnixEndpoint>(&endpoint_);
  struct stat file;
  if (path == nullptr || ::lstat(path->path.c_str(), &file) != 0) return;
  path_inode_ = file.st_ino;
  path_device_ = file.st_dev;
}

Listener::~Listener() {
  if (path_inode_ == 0 || handed_over_) return;
  const std::string& path = std::get<UnixEndpoint>(endpoint_).path;
  struct stat file;
  if (::lstat(path.c_str(), &file) == 0 && file.st_ino == path_inode_ && file.st_dev == path_device_)
    ::unlink(path.c_str());
}

UniqueFd Listener::duplicate() const {
  return UniqueFd(::fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0));
}

std::vector<UniqueFd> sockets_from_systemd() {
  constexpr int kFirst = 3;  // sd_listen_fds(3)
  std::vector<UniqueFd> sockets;
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (pid != nullptr && count != nullptr && ascii::parse_decimal<std::uint32_t>(pid) == ::getpid()) {
    constexpr std::uint32_t kMost = 1024;
    const std::uint32_t n = std::min(ascii::parse_decimal<std::uint32_t>(count).value_or(0), kMost);
    for (std::uint32_t i = 0; i < n; ++i) {
      const int fd = kFirst + static_cast<int>(i);
      if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) sockets.emplace_back(fd);
    }
  }
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  return sockets;
}

UniqueFd take_matching(std::vector<UniqueFd>& sockets, const Endpoint& wanted) {
  const auto found = std::ranges::find_if(
      sockets, [&](const UniqueFd& socket) { return Listener::listens_on(socket.get(), wanted); });
  if (found == sockets.end()) return {};
  UniqueFd taken = std::move(*found);
  sockets.erase(found);
  return taken;
}

}  // namespace reeve::net
