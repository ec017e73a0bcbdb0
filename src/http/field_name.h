// SPDX-License-Identifier: Apache-2.0
// From a field name to its number: done once for each line while a head is parsed, so that later steps
// compare numbers. Also tells which numbers are hop-by-hop by themselves. Knows nothing about values. Pure.
#pragma once

#include <string_view>

#include "http/message.h"

namespace reeve::http {

/// The number of a field name, in any case; FieldId::Other if no rule speaks of it. `name` must be a token
/// (RFC 9110 5.6.2): folding case by one bit is exact only there.
FieldId field_id(std::string_view name);

/// Meant for this connection alone whatever Connection says: RFC 9110 7.6.1, and Trailer, Proxy-Authenticate
/// and Proxy-Authorization, which a gateway does not pass on either (RFC 9110 11.7: for the next proxy only).
constexpr bool is_hop_by_hop(FieldId id) {
  switch (id) {
    case FieldId::Connection:
    case FieldId::KeepAlive:
    case FieldId::ProxyAuthenticate:
    case FieldId::ProxyAuthorization:
    case FieldId::ProxyConnection:
    case FieldId::Te:
    case FieldId::Trailer:
    case FieldId::TransferEncoding:
    case FieldId::Upgrade:
      return true;
    default:
      return false;
  }
}

}  // namespace reeve::http
