// SPDX-License-Identifier: Apache-2.0
#include "app/inherited_sockets.h"

#include <fmt/format.h>

#include <algorithm>

namespace reeve::app {

void InheritedSockets::add_from_systemd() {
  for (net::UniqueFd& fd : net::sockets_from_systemd()) sockets_.push_back({{}, std::move(fd)});
}

void InheritedSockets::add_from_reeve(std::string name, net::UniqueFd socket) {
  sockets_.push_back({std::move(name), std::move(socket)});
}

std::optional<net::Listener::Opened> InheritedSockets::take(const std::string& name, const Endpoint& wanted) {
  const auto* ip = std::get_if<IpEndpoint>(&wanted);
  const bool any_port = ip != nullptr && ip->port == 0;
  const auto fits = [&](const Socket& socket) {
    // A service manager's socket is known by its address alone, which an entry with port 0 does not have.
    if (socket.name.empty() ? any_port : socket.name != name) return false;
    return net::Listener::listens_on(socket.fd.get(), wanted);
  };
  const auto found = std::ranges::find_if(sockets_, fits);
  if (found == sockets_.end()) return std::nullopt;
  const auto owner = found->name.empty() ? net::Listener::PathOwner::Other : net::Listener::PathOwner::Reeve;
  auto adopted = net::Listener::adopt(std::move(found->fd), wanted, owner);
  sockets_.erase(found);
  return adopted;
}

void InheritedSockets::close_rest() {
  for (const Socket& socket : sockets_)
    if (socket.name.empty())
      messages_.say(
          policy::LogLevel::Warn, "socket-unused",
          fmt::format(
              "descriptor {} was passed by the service manager, but no entry of listen has its address; "
              "it is closed. Make the unit's ListenStream and listen agree",
              socket.fd.get()));
  sockets_.clear();
}

}  // namespace reeve::app
