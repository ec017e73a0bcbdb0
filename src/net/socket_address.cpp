// SPDX-License-Identifier: Apache-2.0
#include "net/socket_address.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace reeve::net {

SocketAddress::SocketAddress(const Endpoint& endpoint) : local{} {
  if (const auto* path = std::get_if<UnixEndpoint>(&endpoint)) {
    local.sun_family = AF_UNIX;
    const std::size_t length = std::min(path->path.size(), sizeof local.sun_path - 1);
    std::memcpy(local.sun_path, path->path.data(), length);
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length + 1);
    return;
  }
  const IpEndpoint& ip = std::get<IpEndpoint>(endpoint);
  if (ip.address.is_v4()) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(ip.port);
    std::memcpy(&v4.sin_addr, ip.address.bytes(), 4);
    size = sizeof v4;
  } else {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(ip.port);
    std::memcpy(&v6.sin6_addr, ip.address.bytes(), 16);
    size = sizeof v6;
  }
}

Endpoint SocketAddress::endpoint() const {
  if (family() == AF_INET) {
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return IpEndpoint{IpAddress::v4(bytes), ntohs(v4.sin_port)};
  }
  if (family() == AF_INET6) {
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return IpEndpoint{IpAddress::v6(bytes), ntohs(v6.sin6_port)};
  }
  // A client's own socket usually has no path.
  constexpr std::size_t kPathAt = offsetof(sockaddr_un, sun_path);
  if (size <= kPathAt) return UnixEndpoint{};
  return UnixEndpoint{std::string(local.sun_path, ::strnlen(local.sun_path, size - kPathAt))};
}

Endpoint local_endpoint(int socket) {
  SocketAddress address;
  if (::getsockname(socket, &address.any, &address.size) != 0) return UnixEndpoint{};
  return address.endpoint();
}

}  // namespace reeve::net
