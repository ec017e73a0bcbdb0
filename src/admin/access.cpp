// SPDX-License-Identifier: Apache-2.0
#include "admin/access.h"

#include <algorithm>

#include "base/ascii.h"
#include "crypto/token.h"
#include "http/authority.h"

namespace reeve::admin {

namespace {

bool is_loopback(const IpAddress& address) {
  if (address.is_v4()) return address.bytes()[0] == 127;
  return std::all_of(address.bytes(), address.bytes() + 15, [](std::uint8_t b) { return b == 0; }) &&
         address.bytes()[15] == 1;
}

bool is_wildcard(const IpAddress& address) {
  return std::all_of(address.bytes(), address.bytes() + address.bit_count() / 8,
                     [](std::uint8_t b) { return b == 0; });
}

}  // namespace

bool host_is_ours(std::string_view authority, const Endpoint& admin) {
  http::HostBuffer room;
  std::string_view host = http::matching_host_of(authority, room);
  if (host == "localhost") return true;
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  if (!address) return false;
  if (is_loopback(*address)) return true;
  const auto* ip = std::get_if<IpEndpoint>(&admin);
  return ip != nullptr && (ip->address == *address || is_wildcard(ip->address));
}

TokenCheck check_token(const http::RequestHead& head, std::string_view token) {
  std::string_view credentials;
  std::size_t count = 0;
  for (const http::FieldLine& line : head.fields) {
    if (!ascii::iequals(head.name(line), "authorization")) continue;
    credentials = head.value(line);
    ++count;
  }
  if (count == 0) return TokenCheck::Missing;
  constexpr std::string_view kScheme = "bearer";
  const std::size_t space = credentials.find(' ');
  if (count != 1 || space == std::string_view::npos || !ascii::iequals(credentials.substr(0, space), kScheme))
    return TokenCheck::Wrong;
  return crypto::equal_constant_time(ascii::trim(credentials.substr(space)), token) ? TokenCheck::Accepted
                                                                                    : TokenCheck::Wrong;
}

}  // namespace reeve::admin
