// SPDX-License-Identifier: Apache-2.0
// Where a socket is or shall be: an address with a port, or a Unix socket path. Values for configuration,
// listening and dialling; resolves no names and opens nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/ip.h"

namespace reeve {

struct IpEndpoint {
  IpAddress address;
  std::uint16_t port = 0;
  bool operator==(const IpEndpoint&) const = default;
};

struct UnixEndpoint {
  std::string path;
  bool operator==(const UnixEndpoint&) const = default;
};

using Endpoint = std::variant<IpEndpoint, UnixEndpoint>;

/// `host:port`, `[v6]:port` with a literal address, or `unix:/path`.
std::optional<Endpoint> parse_endpoint(std::string_view text);
/// The same form back.
std::string to_string(const Endpoint& endpoint);

}  // namespace reeve
