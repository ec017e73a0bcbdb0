// SPDX-License-Identifier: Apache-2.0
// Listening sockets that somebody else opened: systemd (LISTEN_FDS) or the Reeve that this process takes over
// from. Given out by address at the first configuration; what nobody asked for is closed with a warning.
// Start only, control thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "control/parts.h"
#include "net/listener.h"
#include "net/unique_fd.h"

namespace reeve::app {

class InheritedSockets {
 public:
  explicit InheritedSockets(control::Messages& messages) : messages_(messages) {}

  /// Those that systemd passed, if it did.
  void add_from_systemd();
  /// One of the running Reeve's, under the name that its configuration had for it.
  void add_from_reeve(std::string name, net::UniqueFd socket);

  /// The one for that entry; nothing if none was passed.
  std::optional<net::Listener::Opened> take(const std::string& name, const Endpoint& wanted);
  void close_rest();

 private:
  struct Socket {
    std::string name;  ///< empty = systemd's
    net::UniqueFd fd;
  };
  control::Messages& messages_;
  std::vector<Socket> sockets_;
};

}  // namespace reeve::app
