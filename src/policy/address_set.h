// SPDX-License-Identifier: Apache-2.0
// Lists of networks as sets of addresses: named networks and the literal entries of `networks:` lists
// (contract, 2). Compiled once; asked for every request in time that does not grow with the list to speak of.
// Which entry it was that held an address is a question of explanations, answered by looking at each. Pure
// data.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.h"
#include "base/source_pos.h"

namespace reeve::policy {

class AddressSet {
 public:
  struct Entry {
    IpNetwork network;
    SourcePos at;
  };

  AddressSet() = default;
  /// Overlapping and repeated entries are welcome.
  explicit AddressSet(std::vector<Entry> entries);

  bool contains(const IpAddress& address) const;
  /// The first entry, in the file's order, that holds the address; null if none does.
  const Entry* entry_of(const IpAddress& address) const;
  /// As configured, in the file's order.
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  struct RangeV4 {
    std::uint32_t first;
    std::uint32_t last;
  };
  using WideAddress = std::array<std::uint64_t, 2>;  ///< most significant word first
  struct RangeV6 {
    WideAddress first;
    WideAddress last;
  };

  std::vector<Entry> entries_;
  std::vector<RangeV4> v4_;  ///< sorted, disjoint, not adjacent
  std::vector<RangeV6> v6_;  ///< likewise
  /// For large sets: where in v4_ the ranges begin that end in or behind each /16; else empty.
  std::vector<std::uint32_t> v4_index_;
};

/// A named entry of `networks:`, or the literal addresses of one list (then without a name).
struct NetworkList {
  std::string name;
  SourcePos at;
  AddressSet set;
};

/// One `networks: { allow, deny }`.
struct NetworkRule {
  struct Use {
    std::uint32_t list;  ///< index in Snapshot::network_lists
    SourcePos at;        ///< of the name, or of the first literal
  };
  bool restricted = false;  ///< `allow` is there: who is not on it stays out
  std::vector<Use> allow;
  std::vector<Use> deny;
  SourcePos allow_at;  ///< the whole `allow`

  bool empty() const { return !restricted && deny.empty(); }
};

enum class NetworkVerdict : std::uint8_t { Pass, NotAllowed, Blocked };

/// Deny beats allow. An unknown address (a Unix peer that is not listed) fails every allow and matches no
/// deny.
NetworkVerdict judge(const NetworkRule& rule, const std::vector<NetworkList>& lists,
                     const std::optional<IpAddress>& address);

}  // namespace reeve::policy
