// SPDX-License-Identifier: Apache-2.0
// A listening socket: opened or taken over, identified by its endpoint, closed when the last who accepts from
// it lets go. The control thread makes it, all reactors accept from it (acceptor.h). It accepts nothing
// itself; from open() on the kernel queues clients, so a reload opens all before it publishes any.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "net/unique_fd.h"

namespace reeve::net {

class Listener {
 public:
  /// Text for people: what could not be done and why.
  using Opened = std::expected<std::shared_ptr<Listener>, std::string>;

  /// Binds and listens. An IPv6 address takes IPv6 only. A Unix socket that nobody listens on is replaced,
  /// and removed again when the Listener ends; `unix_mode` is its file mode.
  static Opened open(const Endpoint& wanted, std::uint32_t unix_mode = 0660);

  /// Whether the path of a Unix socket is removed in the end: not when another process made it and keeps it.
  enum class PathOwner : std::uint8_t { Reeve, Other };
  /// A socket from systemd or from a running Reeve, if it listens on the wanted address (port 0: any port).
  static Opened adopt(UniqueFd socket, const Endpoint& wanted, PathOwner owner);
  static bool listens_on(int socket, const Endpoint& wanted);

  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// With the real port.
  const Endpoint& endpoint() const { return endpoint_; }
  int fd() const { return socket_.get(); }

  /// For the process that takes over; empty when out of descriptors.
  UniqueFd duplicate() const;
  /// It has taken over: clients in the queue and the path are its own. Before acceptors are told to stop.
  void handed_over() { handed_over_ = true; }
  bool is_handed_over() const { return handed_over_; }

 private:
  Listener(UniqueFd socket, Endpoint endpoint);
  void own_path();

  UniqueFd socket_;
  Endpoint endpoint_;
  bool handed_over_ = false;
  // The file that this socket made, lest another's be removed. 0 = none to remove.
  ino_t path_inode_ = 0;
  dev_t path_device_ = 0;
};

/// The sockets that systemd passed (LISTEN_PID, LISTEN_FDS), once: the variables are removed.
std::vector<UniqueFd> sockets_from_systemd();
/// Takes the one that listens on `wanted` out of the list; empty if none does.
UniqueFd take_matching(std::vector<UniqueFd>& sockets, const Endpoint& wanted);

}  // namespace reeve::net
