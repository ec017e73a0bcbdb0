// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 heads, strict (RFC 9110, RFC 9112; rules, 8): what two parsers could read differently is refused,
// never repaired. Pure: bytes in, a head or a refusal out. Call again with more bytes while Incomplete;
// `scanned` makes the repeated look cheap.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace reeve::http::h1 {

struct Limits {
  std::uint32_t head_max = 32 * 1024;  ///< bytes of start line and fields together
  std::uint32_t uri_max = 16 * 1024;   ///< bytes of the request target
};

enum class ParseState : std::uint8_t { Complete, Incomplete, Refused };

struct Parsed {
  ParseState state = ParseState::Incomplete;
  Code refusal = Code::RequestMalformed;  ///< when Refused
  std::string_view context = {};          ///< when Refused: static text, what is wrong
};

/// Reads a request head at the front of `bytes`. `scanned` (start with 0) is kept by the caller between calls
/// on the same head; its value is the parser's own matter. Between calls the bytes may move and `head` may be
/// another; it says something after Complete and Refused only. One leading empty line is skipped (RFC
/// 9112 2.2), counted in head.size. After Refused, what was read of method and target is in `head`.
Parsed parse_request(std::string_view bytes, const Limits& limits, std::uint32_t& scanned, RequestHead& head);

/// Reads a response head, final or 1xx. `to_head` = the request's method was HEAD (then no body follows).
/// Refusals have the code UpstreamMalformed.
Parsed parse_response(std::string_view bytes, const Limits& limits, std::uint32_t& scanned, bool to_head,
                      ResponseHead& head);

/// Reads trailer fields up to and including the empty line (RFC 9112 7.1.2), with the same strictness.
Parsed parse_trailers(std::string_view bytes, std::uint32_t max, std::uint32_t& scanned, Head& trailers);

}  // namespace reeve::http::h1
