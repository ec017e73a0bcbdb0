// SPDX-License-Identifier: Apache-2.0
// The head fields that every answer made by Reeve carries, and those that CORS adds to any answer. Used by
// answer.cpp, refuse.cpp and response_head.cpp; what is special about an answer its maker writes.
#pragma once

#include "http/head_writer.h"
#include "proxy/request.h"

namespace reeve::proxy {

/// Room for the head of an answer that Reeve makes, without configured fields.
inline constexpr std::size_t kAnswerHeadRoom = 4096;

/// Status line, Date, Reeve-Origin: gateway, X-Request-Id, Connection. Fixes whether the connection is kept.
void begin_answer(Request& request, std::uint16_t status, http::HeadWriter& out);
/// Content-Type, Content-Length, the empty line.
void end_answer(std::string_view type, std::size_t length, http::HeadWriter& out);
/// `Connection: close`, or keep-alive towards HTTP/1.0, as `keep` says.
void write_connection(const Request& request, bool keep, http::HeadWriter& out);
/// RateLimit-Policy and RateLimit, where this answer carries them. [rate_limit_fields.cpp]
void write_rate_limits(const Request& request, std::uint16_t status, http::HeadWriter& out);
/// The Access-Control fields and Vary, if the route has cors and the request an Origin.
void write_cors(const Request& request, http::HeadWriter& out);

}  // namespace reeve::proxy
