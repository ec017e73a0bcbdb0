// SPDX-License-Identifier: Apache-2.0
// What net's tests share: a reactor driven from the test's own thread, blocking sockets for the other end, a
// folder for Unix sockets. Every wait is bounded; nothing sleeps.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "net/reactor.h"
#include "net/socket_address.h"
#include "net/socket_stream.h"
#include "net/unique_fd.h"
#include "rt/scope.h"

namespace reeve::net::test {

using namespace std::chrono_literals;

/// Turns the reactor until `happened()`; false after ten seconds.
template <class Condition>
bool run_until(Reactor& reactor, Condition happened) {
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    reactor.turn(10ms);
  }
  return true;
}

/// Turns until everything that has already arrived was dispatched.
inline void run_what_is_due(Reactor& reactor) {
  for (int i = 0; i < 3; ++i) reactor.turn(Duration(0));
}

/// The other end: a blocking socket that gives up after ten seconds.
class Peer {
 public:
  Peer() = default;
  explicit Peer(UniqueFd socket) : fd_(std::move(socket)) {
    const timeval patience{10, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  static Peer connect(const Endpoint& to) {
    const SocketAddress address(to);
    Peer peer(UniqueFd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)));
    if (::connect(peer.fd(), &address.any, address.size) != 0) peer.fd_.reset();
    return peer;
  }

  int fd() const { return fd_.get(); }
  bool open() const { return static_cast<bool>(fd_); }
  bool send(std::string_view bytes) {
    return ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  /// What one recv() gives; empty at the end; "error N" on errno N.
  std::string receive(std::size_t most = 65536, int flags = 0) {
    std::string bytes(most, '\0');
    const ssize_t got = ::recv(fd(), bytes.data(), most, flags);
    if (got < 0) return "error " + std::to_string(errno);
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
  std::string receive_now() { return receive(65536, MSG_DONTWAIT); }
  void end() { ::shutdown(fd(), SHUT_WR); }
  void close() { fd_.reset(); }
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    fd_.reset();
  }

 private:
  UniqueFd fd_;
};

inline const std::string kReset = "error " + std::to_string(ECONNRESET);

/// A connected pair: a non-blocking end for a SocketStream and a Peer.
struct Pair {
  UniqueFd ours;
  Peer peer;

  static Pair tcp() {
    const SocketAddress any(IpEndpoint{IpAddress::v4({127, 0, 0, 1}), 0});
    const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(listener.get(), &any.any, any.size), 0);
    EXPECT_EQ(::listen(listener.get(), 1), 0);
    Pair pair;
    pair.peer = Peer::connect(local_endpoint(listener.get()));
    pair.ours = UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    EXPECT_TRUE(pair.ours);
    return pair;
  }
  static Pair local() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    EXPECT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    return {UniqueFd(ends[0]), Peer(UniqueFd(ends[1]))};
  }
};

class TempFolder {
 public:
  TempFolder() {
    char name[] = "/tmp/reeve-net-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

inline Endpoint loopback(std::uint16_t port = 0) {
  return IpEndpoint{IpAddress::v4({127, 0, 0, 1}), port};
}

}  // namespace reeve::net::test
