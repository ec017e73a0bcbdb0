// SPDX-License-Identifier: Apache-2.0
// All addresses, cut into ranges at the ends of some networks, and ranges as the fewest networks that make
// them up again. IPv4 and IPv6 apart. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ip.h"

namespace reeve::explain {

/// An address as a number; IPv4 in the low 32 bits.
struct WideNumber {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const WideNumber&) const = default;
};

/// From one address to another, both included.
struct AddressPiece {
  bool v4 = true;
  WideNumber first;
  WideNumber last;
  IpAddress sample() const;
};

/// The address behind the last one of a network; nothing behind the last of all.
std::optional<IpAddress> behind(const IpNetwork& network);

class AddressCuts {
 public:
  void add(const IpNetwork& network);
  /// All addresses, in order, IPv4 first.
  std::vector<AddressPiece> pieces() const;

 private:
  std::array<std::vector<WideNumber>, 2> begins_;  ///< IPv4, IPv6: where a piece begins
};

/// Some pieces together, and perhaps those who have no address.
class AddressPieces {
 public:
  /// In the order of AddressCuts::pieces().
  void add(const AddressPiece& piece);
  void add_none() { none_ = true; }

  bool none() const { return none_; }
  bool everything() const;
  std::vector<IpNetwork> networks() const;
  /// One of them; nothing when there are only those without.
  std::optional<IpAddress> sample() const;

 private:
  std::vector<AddressPiece> pieces_;  ///< not adjacent
  bool none_ = false;
};

}  // namespace reeve::explain
