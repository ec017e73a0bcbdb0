// SPDX-License-Identifier: Apache-2.0
// Text form of endpoints.
#include "base/endpoint.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace reeve {

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  constexpr std::size_t kUnixPathMax = 107;  // sockaddr_un.sun_path less the terminating NUL
  if (text.starts_with(kUnix)) {
    text.remove_prefix(kUnix.size());
    if (text.empty() || text.size() > kUnixPathMax || text.find('\0') != std::string_view::npos)
      return std::nullopt;
    return UnixEndpoint{std::string(text)};
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = ascii::parse_decimal<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool has_colon = host.find(':') != std::string_view::npos;
  const auto address = IpAddress::parse(host);
  if (!port || !address || has_colon != bracketed) return std::nullopt;
  return IpEndpoint{*address, *port};
}

std::string to_string(const Endpoint& endpoint) {
  if (const auto* path = std::get_if<UnixEndpoint>(&endpoint)) return "unix:" + path->path;
  const IpEndpoint& ip = std::get<IpEndpoint>(endpoint);
  return ip.address.is_v4() ? fmt::format("{}:{}", ip.address.to_string(), ip.port)
                            : fmt::format("[{}]:{}", ip.address.to_string(), ip.port);
}

}  // namespace reeve
