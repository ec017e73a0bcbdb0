// SPDX-License-Identifier: Apache-2.0
// The answer as it goes to the client (contract, 8): hop-by-hop and Reeve's own names out, origin and ids in,
// the route's edits. The body's framing is relay.cpp's decision.
#include "base/ascii.h"
#include "http/field_rules.h"
#include "http/head_writer.h"
#include "proxy/answer_head.h"
#include "proxy/header_edits.h"
#include "proxy/message_heads.h"
#include "proxy/steps.h"

namespace reeve::proxy {

namespace {

constexpr std::size_t kAddedRoom = 4 * 1024;
constexpr std::size_t kVersionLength = 8;  // "HTTP/1.x"

bool goes(const Request& r, const http::ResponseHead& head, const RenderedEdits& edits,
          const http::FieldLine& line) {
  if (http::is_dropped(line)) return true;
  if (line.id == http::FieldId::XRequestId) return true;
  const std::string_view name = head.name(line);
  // Where Reeve tells its own limits, the upstream's would contradict them (contract, 8).
  if (!r.standings.empty() && (ascii::iequals(name, "ratelimit") || ascii::iequals(name, "ratelimit-policy")))
    return true;
  // The gateway speaks for a route that has cors; two voices would make browsers refuse both.
  if (r.cors != nullptr && name.size() > 15 && ascii::iequals(name.substr(0, 15), "access-control-"))
    return true;
  return !edits.none() && edits.drops(name);
}

void write_status_line(const http::ResponseHead& head, http::HeadWriter& out) {
  out.raw("HTTP/1.1");
  out.raw({head.data + kVersionLength, head.start_line_end - kVersionLength});
}

void copy_fields(const Request& r, const http::ResponseHead& head, const RenderedEdits& edits,
                 http::HeadWriter& out) {
  std::uint32_t from = head.start_line_end;
  std::uint32_t end = from;
  for (const http::FieldLine& line : head.fields) {
    end = line.end;
    if (!goes(r, head, edits, line)) continue;
    out.raw({head.data + from, line.begin - from});
    from = line.end;
  }
  out.raw({head.data + from, end - from});
}

void write_own(Request& r, const RenderedEdits& edits, std::uint16_t status, http::HeadWriter& out) {
  out.raw("Reeve-Origin: upstream\r\n");
  out.field("Reeve-Decision", sealed(r, status));
  if (edits.none() || !edits.drops("x-request-id")) out.field("X-Request-Id", r.request_id);
  write_rate_limits(r, r.status, out);
}

}  // namespace

rt::Buffer write_response_head(Request& r, const http::ResponseHead& head, exchange::OutFraming framing,
                               bool keep) {
  const RenderedEdits edits(r.route->response_headers, r);
  rt::Buffer buffer = rt::Buffer::with_room(head.size + edits.room() + kAddedRoom);
  http::HeadWriter out(buffer.tail(), buffer.tail_room());
  write_status_line(head, out);
  copy_fields(r, head, edits, out);
  // RFC 9110 6.6.1: who forwards an answer without Date adds the time of its receipt.
  if (head.find(http::FieldId::Date) == nullptr) out.field("Date", r.gateway.date());
  write_own(r, edits, head.status, out);
  if (framing == exchange::OutFraming::Chunked) out.raw("Transfer-Encoding: chunked\r\n");
  write_connection(r, keep, out);
  write_cors(r, out);
  edits.write(out);
  out.end();
  buffer.grew(out.size());
  return buffer;
}

rt::Buffer write_informational_head(Request& r, const http::ResponseHead& head) {
  static const policy::HeaderEdits kNone;
  const RenderedEdits edits(kNone, r);
  rt::Buffer buffer = rt::Buffer::with_room(head.size + kAddedRoom);
  http::HeadWriter out(buffer.tail(), buffer.tail_room());
  write_status_line(head, out);
  copy_fields(r, head, edits, out);
  if (head.status == 101) {
    out.raw("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    write_own(r, edits, head.status, out);
  }
  out.end();
  buffer.grew(out.size());
  return buffer;
}

}  // namespace reeve::proxy
