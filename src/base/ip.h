// SPDX-License-Identifier: Apache-2.0
// IP addresses and networks as values, for peers, trusted proxies and lists. An IPv4-mapped IPv6 address is the
// IPv4 address (rules, 2). No ports (endpoint.h), no names.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reeve {

class IpAddress {
 public:
  /// 0.0.0.0
  constexpr IpAddress() = default;
  static IpAddress v4(std::array<std::uint8_t, 4> bytes);
  /// A mapped address (::ffff:a.b.c.d) becomes IPv4.
  static IpAddress v6(std::array<std::uint8_t, 16> bytes);
  /// Text form without port, brackets or zone; nothing if it is none.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const { return v4_; }
  /// 4 or 16 bytes, network order.
  const std::uint8_t* bytes() const { return bytes_.data(); }
  unsigned bit_count() const { return v4_ ? 32 : 128; }

  /// RFC 5952 for IPv6.
  std::string to_string() const;
  /// The same into `out`, which has room for 46 characters; returns the length.
  std::size_t write(char* out) const;

  bool operator==(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  bool v4_ = true;
};

/// An address range by prefix; host bits are zero.
class IpNetwork {
 public:
  IpNetwork() = default;
  /// Host bits of `base` are cleared; prefix ≤ base.bit_count().
  IpNetwork(IpAddress base, unsigned prefix);

  enum class Flaw : std::uint8_t { Syntax, PrefixRange, HostBits };
  struct Parsed;
  /// `a.b.c.d`, `a.b.c.d/n`, IPv6 likewise.
  static Parsed parse(std::string_view text);

  const IpAddress& base() const { return base_; }
  unsigned prefix() const { return prefix_; }
  bool contains(const IpAddress& address) const;
  std::string to_string() const;

  bool operator==(const IpNetwork&) const = default;

 private:
  IpAddress base_;
  unsigned prefix_ = 32;
};

struct IpNetwork::Parsed {
  std::optional<IpNetwork> network;  ///< also set for HostBits: the right CIDR
  std::optional<Flaw> flaw;
};

}  // namespace reeve
