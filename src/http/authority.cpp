// SPDX-License-Identifier: Apache-2.0
// Validity and comparison form of hosts.
#include "http/authority.h"

#include <array>
#include <cstring>

#include "base/ascii.h"
#include "base/ip.h"

namespace reeve::http {

namespace {

// RFC 3986 3.2.2 reg-name: unreserved and sub-delims; see the header for what is left out.
constexpr std::array<bool, 256> kHostByte = [] {
  std::array<bool, 256> table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c : std::string_view{"-._~!$&'()*+;="}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_port(std::string_view text) {
  return text.empty() || (text.size() <= 5 && ascii::parse_decimal<std::uint16_t>(text).has_value());
}

// The part between the brackets, checked; its length, or npos.
std::size_t literal_end(std::string_view text) {
  const std::size_t close = text.find(']');
  if (close == std::string_view::npos) return close;
  const std::string_view inside = text.substr(1, close - 1);
  if (inside.find(':') == std::string_view::npos || !IpAddress::parse(inside)) return std::string_view::npos;
  return close + 1;
}

// Length of the reg-name at the front of `text`, or npos when a label is empty.
std::size_t name_end(std::string_view text) {
  bool label_empty = true;
  std::size_t i = 0;
  for (; i < text.size() && kHostByte[static_cast<unsigned char>(text[i])]; ++i) {
    const bool dot = text[i] == '.';
    if (dot && label_empty) return std::string_view::npos;
    label_empty = dot;
  }
  return i;
}

}  // namespace

std::uint16_t Authority::port_or(std::uint16_t fallback) const {
  return ascii::parse_decimal<std::uint16_t>(port).value_or(fallback);
}

std::optional<Authority> parse_authority(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::size_t stop = text.front() == '[' ? literal_end(text) : name_end(text);
  if (stop == std::string_view::npos || stop == 0 || stop > kHostMax) return std::nullopt;
  Authority authority{.host = text.substr(0, stop), .port = {}};
  if (stop == text.size()) return authority;
  if (text[stop] != ':') return std::nullopt;
  authority.port = text.substr(stop + 1);
  if (!is_port(authority.port)) return std::nullopt;
  return authority;
}

std::string_view matching_host(std::string_view host, HostBuffer& out) {
  if (host.empty() || host.size() > kHostMax) return {};
  if (host.front() == '[') {
    const auto address = IpAddress::parse(host.substr(1, host.size() - 2));
    if (address && !address->is_v4()) {
      out[0] = '[';
      const std::size_t length = address->write(out + 1);
      out[length + 1] = ']';
      return {out, length + 2};
    }
  } else if (host.back() == '.') {
    host.remove_suffix(1);
  }
  bool upper = false;
  for (const char c : host) upper |= c >= 'A' && c <= 'Z';
  if (!upper) return host;
  for (std::size_t i = 0; i < host.size(); ++i) out[i] = ascii::lower(host[i]);
  return {out, host.size()};
}

std::string_view matching_host_of(std::string_view authority, HostBuffer& out) {
  const auto parsed = parse_authority(authority);
  return parsed ? matching_host(parsed->host, out) : std::string_view{};
}

bool same_authority(const Authority& a, const Authority& b, std::uint16_t default_port) {
  if (a.port_or(default_port) != b.port_or(default_port)) return false;
  HostBuffer a_form;
  HostBuffer b_form;
  return matching_host(a.host, a_form) == matching_host(b.host, b_form);
}

}  // namespace reeve::http
