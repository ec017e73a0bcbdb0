// SPDX-License-Identifier: Apache-2.0
// Text and comparison of IP addresses; the platform's inet_pton and inet_ntop know the syntax.
#include "base/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/ascii.h"

namespace reeve {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> bytes) {
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin()))
    return v4({bytes[12], bytes[13], bytes[14], bytes[15]});
  IpAddress address;
  address.bytes_ = bytes;
  address.v4_ = false;
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  char zero_terminated[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof zero_terminated) return std::nullopt;
  std::memcpy(zero_terminated, text.data(), text.size());
  zero_terminated[text.size()] = '\0';
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  if (text.find(':') == std::string_view::npos) {
    std::array<std::uint8_t, 4> bytes;
    if (inet_pton(AF_INET, zero_terminated, bytes.data()) != 1) return std::nullopt;
    return v4(bytes);
  }
  std::array<std::uint8_t, 16> bytes;
  if (inet_pton(AF_INET6, zero_terminated, bytes.data()) != 1) return std::nullopt;
  return v6(bytes);
}

std::size_t IpAddress::write(char* out) const {
  if (!v4_) {
    inet_ntop(AF_INET6, bytes_.data(), out, INET6_ADDRSTRLEN);
    return std::strlen(out);
  }
  // By hand, since every forwarded request writes its client's address and inet_ntop goes by way of snprintf.
  char* end = out;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) *end++ = '.';
    end = std::to_chars(end, end + 3, bytes_[i]).ptr;
  }
  *end = '\0';
  return static_cast<std::size_t>(end - out);
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN];
  return std::string(text, write(text));
}

IpNetwork::IpNetwork(IpAddress base, unsigned prefix) : prefix_(prefix) {
  std::array<std::uint8_t, 16> bytes{};
  const unsigned whole = prefix / 8;
  std::memcpy(bytes.data(), base.bytes(), whole);
  if (prefix % 8 != 0) bytes[whole] = static_cast<std::uint8_t>(base.bytes()[whole] & (0xff00u >> (prefix % 8)));
  if (base.is_v4()) {
    base_ = IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
  } else {
    base_ = IpAddress::v6(bytes);
    // ::ffff:0:0/96 and narrower are IPv4 networks under their mapped name.
    if (base_.is_v4()) prefix_ = prefix - 96;
  }
}

IpNetwork::Parsed IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return {std::nullopt, Flaw::Syntax};
  if (slash == std::string_view::npos) return {IpNetwork(*address, address->bit_count()), std::nullopt};
  const auto written = ascii::parse_decimal<unsigned>(text.substr(slash + 1));
  if (!written) return {std::nullopt, Flaw::Syntax};
  unsigned prefix = *written;
  const bool mapped = address->is_v4() && text.find(':') != std::string_view::npos;
  if (mapped) {
    if (prefix < 96 || prefix > 128) return {std::nullopt, Flaw::PrefixRange};
    prefix -= 96;
  }
  if (prefix > address->bit_count()) return {std::nullopt, Flaw::PrefixRange};
  const IpNetwork network(*address, prefix);
  if (network.base() != *address) return {network, Flaw::HostBits};
  return {network, std::nullopt};
}

bool IpNetwork::contains(const IpAddress& address) const {
  if (address.is_v4() != base_.is_v4()) return false;
  const unsigned whole = prefix_ / 8;
  if (std::memcmp(address.bytes(), base_.bytes(), whole) != 0) return false;
  if (prefix_ % 8 == 0) return true;
  const unsigned mask = 0xffu & (0xff00u >> (prefix_ % 8));
  return (address.bytes()[whole] & mask) == base_.bytes()[whole];
}

std::string IpNetwork::to_string() const { return base_.to_string() + "/" + std::to_string(prefix_); }

}  // namespace reeve
