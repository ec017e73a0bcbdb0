// SPDX-License-Identifier: Apache-2.0
#include "explain/address_cuts.h"

#include <algorithm>

namespace reeve::explain {

namespace {

constexpr WideNumber kLastV4{0, 0xffff'ffff};
constexpr WideNumber kLastV6{~std::uint64_t{0}, ~std::uint64_t{0}};

WideNumber plus_one(WideNumber n) {
  if (++n.low == 0) ++n.high;
  return n;
}
WideNumber minus_one(WideNumber n) {
  if (n.low-- == 0) --n.high;
  return n;
}

WideNumber number_of(const IpAddress& address) {
  WideNumber n;
  const std::uint8_t* bytes = address.bytes();
  for (unsigned i = 0; i < address.bit_count() / 8; ++i) {
    n.high = n.high << 8 | n.low >> 56;
    n.low = n.low << 8 | bytes[i];
  }
  return n;
}

IpAddress address_of(bool v4, WideNumber n) {
  if (v4) {
    std::array<std::uint8_t, 4> bytes;
    for (unsigned i = 4; i-- != 0; n.low >>= 8) bytes[i] = static_cast<std::uint8_t>(n.low);
    return IpAddress::v4(bytes);
  }
  std::array<std::uint8_t, 16> bytes;
  for (unsigned i = 16; i-- != 0;) {
    bytes[i] = static_cast<std::uint8_t>(n.low);
    n.low = n.low >> 8 | n.high << 56;
    n.high >>= 8;
  }
  return IpAddress::v6(bytes);
}

/// `size` low bits set.
WideNumber ones(unsigned size) {
  WideNumber n;
  n.low = size >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1;
  if (size > 64) n.high = size >= 128 ? ~std::uint64_t{0} : (std::uint64_t{1} << (size - 64)) - 1;
  return n;
}

WideNumber with(WideNumber n, WideNumber bits) {
  return {n.high | bits.high, n.low | bits.low};
}
bool any(WideNumber n, WideNumber bits) {
  return (n.high & bits.high) != 0 || (n.low & bits.low) != 0;
}

}  // namespace

IpAddress AddressPiece::sample() const {
  return address_of(v4, first);
}

std::optional<IpAddress> behind(const IpNetwork& network) {
  const bool v4 = network.base().is_v4();
  const WideNumber last =
      with(number_of(network.base()), ones(network.base().bit_count() - network.prefix()));
  if (last == (v4 ? kLastV4 : kLastV6)) return std::nullopt;
  return address_of(v4, plus_one(last));
}

void AddressCuts::add(const IpNetwork& network) {
  const bool v4 = network.base().is_v4();
  std::vector<WideNumber>& begins = begins_[v4 ? 0 : 1];
  const WideNumber first = number_of(network.base());
  const WideNumber last = with(first, ones(network.base().bit_count() - network.prefix()));
  begins.push_back(first);
  if (last != (v4 ? kLastV4 : kLastV6)) begins.push_back(plus_one(last));
}

std::vector<AddressPiece> AddressCuts::pieces() const {
  std::vector<AddressPiece> out;
  for (const bool v4 : {true, false}) {
    std::vector<WideNumber> begins = begins_[v4 ? 0 : 1];
    begins.push_back({});
    std::ranges::sort(begins);
    begins.erase(std::unique(begins.begin(), begins.end()), begins.end());
    for (std::size_t i = 0; i < begins.size(); ++i)
      out.push_back({v4, begins[i],
                     i + 1 < begins.size() ? minus_one(begins[i + 1])
                     : v4                  ? kLastV4
                                           : kLastV6});
  }
  return out;
}

void AddressPieces::add(const AddressPiece& piece) {
  if (!pieces_.empty() && pieces_.back().v4 == piece.v4 && plus_one(pieces_.back().last) == piece.first &&
      pieces_.back().last < piece.first)
    pieces_.back().last = piece.last;
  else
    pieces_.push_back(piece);
}

bool AddressPieces::everything() const {
  return none_ && pieces_.size() == 2 && pieces_[0].first == WideNumber{} && pieces_[0].last == kLastV4 &&
         pieces_[1].first == WideNumber{} && pieces_[1].last == kLastV6;
}

std::vector<IpNetwork> AddressPieces::networks() const {
  std::vector<IpNetwork> out;
  for (const AddressPiece& piece : pieces_) {
    const unsigned bits = piece.v4 ? 32 : 128;
    for (WideNumber at = piece.first;;) {
      // The largest network that begins here and ends within.
      unsigned size = 0;
      while (size < bits && !any(at, ones(size + 1)) && with(at, ones(size + 1)) <= piece.last) ++size;
      out.emplace_back(address_of(piece.v4, at), bits - size);
      const WideNumber last = with(at, ones(size));
      if (last >= piece.last) break;
      at = plus_one(last);
    }
  }
  return out;
}

std::optional<IpAddress> AddressPieces::sample() const {
  if (pieces_.empty()) return std::nullopt;
  return pieces_.front().sample();
}

}  // namespace reeve::explain
