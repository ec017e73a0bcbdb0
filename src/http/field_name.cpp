// SPDX-License-Identifier: Apache-2.0
// Names to numbers: a switch over the length, then one comparison for each candidate of that length. The
// lengths spread the known names so well that no name meets more than three.
#include "http/field_name.h"

#include <cstddef>

namespace reeve::http {

namespace {

// `lower` holds letters and '-' alone. Setting bit 5 folds case for letters; of the other token characters
// none becomes a letter or '-' by it, so the comparison is exact.
template <std::size_t N>
bool same(const char* name, const char (&lower)[N]) {
  unsigned different = 0;
  for (std::size_t i = 0; i + 1 < N; ++i)
    different |= static_cast<unsigned>((static_cast<unsigned char>(name[i]) | 0x20u) ^
                                       static_cast<unsigned char>(lower[i]));
  return different == 0;
}

FieldId of_reeve_or_other(std::string_view name) {
  return name.size() >= 6 && same(name.data(), "reeve-") ? FieldId::ReeveAny : FieldId::Other;
}

}  // namespace

FieldId field_id(std::string_view name) {
  const char* const n = name.data();
  switch (name.size()) {
    case 2:
      if (same(n, "te")) return FieldId::Te;
      break;
    case 3:
      if (same(n, "via")) return FieldId::Via;
      break;
    case 4:
      if (same(n, "host")) return FieldId::Host;
      if (same(n, "date")) return FieldId::Date;
      break;
    case 6:
      if (same(n, "accept")) return FieldId::Accept;
      if (same(n, "origin")) return FieldId::Origin;
      if (same(n, "expect")) return FieldId::Expect;
      break;
    case 7:
      if (same(n, "upgrade")) return FieldId::Upgrade;
      if (same(n, "trailer")) return FieldId::Trailer;
      break;
    case 9:
      if (same(n, "forwarded")) return FieldId::Forwarded;
      if (same(n, "reeve-tag")) return FieldId::ReeveTag;
      break;
    case 10:
      if (same(n, "connection")) return FieldId::Connection;
      if (same(n, "keep-alive")) return FieldId::KeepAlive;
      break;
    case 11:
      if (same(n, "traceparent")) return FieldId::Traceparent;
      break;
    case 12:
      if (same(n, "content-type")) return FieldId::ContentType;
      if (same(n, "x-request-id")) return FieldId::XRequestId;
      break;
    case 13:
      if (same(n, "x-rewrite-url")) return FieldId::XRewriteUrl;
      break;
    case 14:
      if (same(n, "content-length")) return FieldId::ContentLength;
      if (same(n, "x-original-url")) return FieldId::XOriginalUrl;
      break;
    case 15:
      if (same(n, "x-forwarded-for")) return FieldId::XForwardedFor;
      break;
    case 16:
      if (same(n, "x-forwarded-host")) return FieldId::XForwardedHost;
      if (same(n, "x-forwarded-port")) return FieldId::XForwardedPort;
      if (same(n, "proxy-connection")) return FieldId::ProxyConnection;
      break;
    case 17:
      if (same(n, "transfer-encoding")) return FieldId::TransferEncoding;
      if (same(n, "x-forwarded-proto")) return FieldId::XForwardedProto;
      break;
    case 18:
      if (same(n, "proxy-authenticate")) return FieldId::ProxyAuthenticate;
      break;
    case 19:
      if (same(n, "proxy-authorization")) return FieldId::ProxyAuthorization;
      break;
    case 29:
      if (same(n, "access-control-request-method")) return FieldId::AccessControlRequestMethod;
      break;
    case 30:
      if (same(n, "access-control-request-headers")) return FieldId::AccessControlRequestHeaders;
      break;
    default:
      break;
  }
  return of_reeve_or_other(name);
}

}  // namespace reeve::http
