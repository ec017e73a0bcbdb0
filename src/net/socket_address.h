// SPDX-License-Identifier: Apache-2.0
// Endpoints as the kernel writes them, both ways. Used by the dialer and the listeners on any thread;
// resolves nothing and opens nothing.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/endpoint.h"

namespace reeve::net {

/// A sockaddr of any family that Reeve uses.
struct SocketAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un local;
  };
  socklen_t size = sizeof(sockaddr_un);

  /// Room for the kernel to write into.
  SocketAddress() : local{} {}
  explicit SocketAddress(const Endpoint& endpoint);
  int family() const { return any.sa_family; }
  Endpoint endpoint() const;
};

/// The address that the socket is bound to.
Endpoint local_endpoint(int socket);

}  // namespace reeve::net
