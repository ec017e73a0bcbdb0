// SPDX-License-Identifier: Apache-2.0
#include "app/takeover.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

#include "net/socket_address.h"

namespace reeve::app {

std::string upgrade_socket_path(const std::string& data_folder) {
  return data_folder + "/upgrade.sock";
}

std::expected<Takeover, std::string> Takeover::begin(const std::string& data_folder) {
  constexpr timeval kPatience{15, 0};
  const std::string path = upgrade_socket_path(data_folder);
  const auto endpoint = parse_endpoint("unix:" + path);
  if (!endpoint) return std::unexpected(path + ": the path is too long for a socket");
  net::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const net::SocketAddress address(*endpoint);
  if (!fd || ::connect(fd.get(), &address.any, address.size) != 0)
    return std::unexpected(path + ": " + std::strerror(errno));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  Takeover takeover(std::move(fd));
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(takeover.connection_.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
    takeover.peer_ = peer.pid;
  auto received = receive_descriptors(takeover.connection_.get());
  if (!received) return std::unexpected(path + ": " + received.error());
  for (ReceivedDescriptor& one : *received) {
    if (one.name == kLockName) {
      takeover.lock_ = std::move(one.fd);
    } else {
      takeover.sockets_.push_back(std::move(one));
    }
  }
  if (!takeover.lock_) return std::unexpected(path + ": the running process passed no lock");
  return takeover;
}

net::UniqueFd Takeover::take_lock() {
  return std::move(lock_);
}

std::expected<void, std::string> Takeover::ready() {
  auto told = send_word(connection_.get(), kReady);
  if (told) told = expect_word(connection_.get(), kDraining);
  const bool gone = peer_ != 0 && ::kill(static_cast<pid_t>(peer_), 0) != 0 && errno == ESRCH;
  if (!told && gone) return {};
  return told;
}

}  // namespace reeve::app
