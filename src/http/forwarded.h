// SPDX-License-Identifier: Apache-2.0
// Who the client is when proxies stand before Reeve (rules, 2, "client_ip"), and what Reeve says to the
// upstream about it: X-Forwarded-For, Forwarded (RFC 7239) or a field with one address, read from the right,
// up to the first hop that is not trusted. Asked once a request, before any check. Knows no settings: whom to
// trust is a callable. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/inline_vector.h"
#include "base/ip.h"
#include "http/message.h"

namespace reeve::http {

/// Entries of a field that are looked at; the client is the last one then.
inline constexpr std::uint32_t kHopsMax = 64;

/// The address in one entry: `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`; a
/// port may be obfuscated (`_x`). Nothing for names, `unknown`, `_hidden` and whatever else is no address.
std::optional<IpAddress> parse_hop(std::string_view text);

/// The entries of one field of a head, its lines joined in order, from right to left. Empty list elements are
/// no entries (RFC 9110 5.6.1.2). A line of Forwarded whose quotes do not match is one entry that is no
/// address.
class HopWalk {
 public:
  /// `header`: `x-forwarded-for`, `forwarded`, or the name of a single-valued field, of which only the last
  /// line counts. Any case. The head must outlive the walk.
  HopWalk(const Head& head, std::string_view header);

  /// The next entry: false when there is none; an entry that is no address is nullopt.
  bool next(std::optional<IpAddress>& address);

 private:
  enum class Syntax : std::uint8_t { List, Forwarded, Single };
  struct Element {  // of rest_; no view, so that the array is not filled before it is used
    std::uint32_t begin;
    std::uint32_t size;
  };

  bool enter_line();
  std::string_view take_list_entry();
  void find_elements();
  std::string_view take_element();

  const Head& head_;
  std::string_view header_;
  FieldId id_;
  Syntax syntax_;
  bool in_line_ = false;
  std::uint32_t lines_left_;
  std::string_view rest_;  // of the present line, what is left of the entries taken
  // Forwarded: a ring of the present line's last elements, and how many of them are still to be taken.
  std::uint32_t next_ = 0;
  std::uint32_t left_ = 0;
  Element elements_[kHopsMax];
};

struct ClientAddress {
  /// None only when the answer is a Unix peer, which has no address.
  std::optional<IpAddress> client;
  /// The client was read from the field, because the peer is trusted.
  bool from_field = false;
  /// From an untrusted peer: the address that the field would have given, for the record.
  std::optional<IpAddress> claimed;
  /// Trusted hops between client and peer, the nearest to Reeve first; neither of the two is among them.
  InlineVector<IpAddress, 8> hops;
};

/// `trusted(const std::optional<IpAddress>&)`: that hop's word is believed; nullopt is a Unix peer. From an
/// untrusted peer the field is ignored. All hops trusted: the leftmost is the client. At an entry that is no
/// address the walk stops and the last hop before it is the client.
template <class Trusted>
void client_address(const Head& head, std::string_view header, const std::optional<IpAddress>& peer,
                    Trusted&& trusted, ClientAddress& answer) {
  answer.client = peer;
  answer.from_field = false;
  answer.claimed.reset();
  answer.hops.clear();
  const bool believed = trusted(peer);
  std::optional<IpAddress> last;
  std::optional<IpAddress> entry;
  HopWalk walk(head, header);
  for (std::uint32_t walked = 0; walked < kHopsMax && walk.next(entry) && entry; ++walked) {
    if (last && believed) answer.hops.push_back(*last);
    last = entry;
    if (!trusted(last)) break;
  }
  if (!last) return;
  if (!believed) {
    answer.claimed = last;
    return;
  }
  answer.client = last;
  answer.from_field = true;
}

/// Room that always suffices for write_forwarded_for.
inline constexpr std::size_t kForwardedForMax = (kHopsMax + 2) * 48;

/// The value of X-Forwarded-For for the upstream: client, the trusted hops walked, the peer. Returns its
/// length, 0 when there is nothing to say (a Unix peer alone) or the room does not suffice.
std::size_t write_forwarded_for(const ClientAddress& from, const std::optional<IpAddress>& peer, char* out,
                                std::size_t room);

/// The value of Forwarded for the upstream: the same hops, one element each; the last one, which is Reeve's
/// own observation, also tells `host` (may be empty) and `proto`. A Unix peer is `unknown`. Returns its
/// length, 0 when the room does not suffice.
std::size_t write_forwarded(const ClientAddress& from, const std::optional<IpAddress>& peer,
                            std::string_view host, std::string_view proto, char* out, std::size_t room);

}  // namespace reeve::http
