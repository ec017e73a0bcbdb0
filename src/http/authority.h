// SPDX-License-Identifier: Apache-2.0
// Host and authority (RFC 9110 7.2, RFC 3986 3.2): whether a text is one, and the form in which hosts are
// compared (rules, 2): lower case, without port and trailing dot. No allocation. Knows no routes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace reeve::http {

struct Authority {
  std::string_view host;  ///< as sent; an IPv6 literal with its brackets
  std::string_view port;  ///< digits, at most 65535; empty if none was told (`host:` tells none)

  std::uint16_t port_or(std::uint16_t fallback) const;
};

/// Longest host that is one.
inline constexpr std::size_t kHostMax = 255;
/// Room for any matching form.
using HostBuffer = char[kHostMax + 1];

/// `host`, `host:port`, `[v6]`, `[v6]:port`. A host is a reg-name or an IPv4 or IPv6 address of RFC 3986,
/// with these left out because readers disagree on them: percent-encoding, ',', empty labels (one trailing
/// dot is fine), userinfo, zones, IPvFuture. Nothing if it is none.
std::optional<Authority> parse_authority(std::string_view text);

/// The form that is compared: lower case, without trailing dot; IPv6 as RFC 5952 writes it, in brackets.
/// `host` is Authority::host of a valid one. The view is `host` itself when nothing had to change, else into
/// `out`.
std::string_view matching_host(std::string_view host, HostBuffer& out);
/// The same from a whole authority, "" for an empty or invalid one.
std::string_view matching_host_of(std::string_view authority, HostBuffer& out);

/// Same host (matching form) and same port, `default_port` standing for none.
bool same_authority(const Authority& a, const Authority& b, std::uint16_t default_port);

}  // namespace reeve::http
