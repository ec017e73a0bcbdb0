// SPDX-License-Identifier: Apache-2.0
// A parsed HTTP/1.1 head, in place: offsets into the bytes that were parsed, nothing is copied. The views are
// valid as long as those bytes stay where they are (the rt::Buffer that holds them). Used towards clients and
// upstreams alike; made by h1/parse.h.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/inline_vector.h"

namespace reeve::http {

/// Field names that some rule of Reeve speaks of, found while parsing so that later steps compare numbers.
enum class FieldId : std::uint8_t {
  Other,
  Accept,
  AccessControlRequestHeaders,
  AccessControlRequestMethod,
  Connection,
  ContentLength,
  ContentType,
  Date,
  Expect,
  Forwarded,
  Host,
  KeepAlive,
  Origin,
  ProxyAuthenticate,
  ProxyAuthorization,
  ProxyConnection,
  ReeveAny,  ///< any name that begins with `Reeve-`, but `Reeve-Tag`
  ReeveTag,
  Te,
  Traceparent,
  Trailer,
  TransferEncoding,
  Upgrade,
  Via,
  XForwardedFor,
  XForwardedHost,
  XForwardedPort,
  XForwardedProto,
  XOriginalUrl,
  XRequestId,
  XRewriteUrl,
};

/// One field line. Offsets count from Head::data; the name begins at `begin`.
struct FieldLine {
  std::uint32_t begin;  ///< first byte of the line
  std::uint32_t end;    ///< one past its CRLF
  std::uint32_t name_length;
  std::uint32_t value_begin;  ///< white space around the value is left out
  std::uint32_t value_length;
  FieldId id;
  bool underscore;  ///< the name holds '_'
  bool hop_by_hop;  ///< by RFC 9110 7.6.1: a fixed name, or named in Connection; also a
                    ///< Content-Length where none may stand (1xx, 204: RFC 9110 8.6)
};

enum class Method : std::uint8_t { Other, Get, Head, Post, Put, Delete, Options, Patch, Connect, Trace };

/// How the end of a message's body is known (RFC 9112 6.3).
enum class BodyKind : std::uint8_t { None, Length, Chunked, UntilClose };

struct Head {
  const char* data = nullptr;
  std::uint32_t size = 0;            ///< including the empty line
  std::uint32_t start_line_end = 0;  ///< one past the start line's CRLF
  std::uint8_t minor = 1;            ///< HTTP/1.<minor>, 0 or 1
  BodyKind body = BodyKind::None;
  bool keep_alive = true;            ///< by version and Connection (RFC 9112 9.3)
  std::uint64_t content_length = 0;  ///< for BodyKind::Length (0 when told so), and of a HEAD or 304 answer
  InlineVector<FieldLine, 48> fields;

  std::string_view name(const FieldLine& f) const { return {data + f.begin, f.name_length}; }
  std::string_view value(const FieldLine& f) const { return {data + f.value_begin, f.value_length}; }
  /// First line with that id, or null.
  const FieldLine* find(FieldId id) const {
    for (const FieldLine& f : fields)
      if (f.id == id) return &f;
    return nullptr;
  }
};

/// "GET"; empty for Other.
std::string_view name(Method method);
/// Case matters (RFC 9110 9.1).
Method method_of(std::string_view text);

struct RequestHead : Head {
  Method method = Method::Other;
  std::string_view method_text;
  std::string_view target;     ///< as sent; at most Limits::uri_max bytes of one that was refused
  std::string_view path;       ///< raw path of the target, with its leading '/'; "*" for `OPTIONS *`
  std::string_view query;      ///< after '?', without it; has_query tells an empty one from none
  std::string_view authority;  ///< Host's value (agrees with an absolute-form target); for HTTP/1.0 without
                               ///< Host the target's, or empty
  bool has_query = false;
  bool expect_continue = false;  ///< HTTP/1.1 and Expect: 100-continue
  bool upgrade = false;          ///< HTTP/1.1, Upgrade present and named in Connection
};

struct ResponseHead : Head {
  std::uint16_t status = 0;
  std::string_view reason;
  std::uint32_t keep_alive_timeout = 0;  ///< seconds of `Keep-Alive: timeout=`, 0 if not told
};

}  // namespace reeve::http
