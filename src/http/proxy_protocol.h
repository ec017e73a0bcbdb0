// SPDX-License-Identifier: Apache-2.0
// The PROXY protocol, versions 1 and 2 (haproxy.org/download/2.9/doc/proxy-protocol.txt): what a trusted load
// balancer says about the client before the first byte of the connection proper. Read once for each accepted
// connection where configuration expects it. Bytes in, an address out; whether the peer is trusted is not its
// matter. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/endpoint.h"

namespace reeve::http {

enum class ProxyHeaderState : std::uint8_t { Complete, Incomplete, Malformed };

struct ProxyHeader {
  ProxyHeaderState state = ProxyHeaderState::Incomplete;
  std::size_t consumed = 0;  ///< when Complete: bytes of the header
  /// When Complete: the client's address. None for LOCAL, UNKNOWN and Unix sockets: the peer's own holds.
  std::optional<IpEndpoint> source = std::nullopt;
  std::string_view context = {};  ///< when Malformed: static text
};

/// Longest header that is read: version 1 has at most 107 bytes, version 2 this many with its TLVs.
inline constexpr std::size_t kProxyHeaderMax = 4096;

/// Reads the header at the front of `bytes`; call again with more while Incomplete. TLVs are skipped.
ProxyHeader parse_proxy_header(std::string_view bytes);

}  // namespace reeve::http
