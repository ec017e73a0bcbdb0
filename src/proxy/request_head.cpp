// SPDX-License-Identifier: Apache-2.0
// The request as it goes to the upstream (contract, 8): normal path, rebuilt forwarding fields, the route's
// edits. Copies unchanged lines in runs; the body's framing is the client's own.
#include <charconv>

#include "base/ascii.h"
#include "http/field_rules.h"
#include "http/forwarded.h"
#include "http/head_writer.h"
#include "proxy/header_edits.h"
#include "proxy/message_heads.h"
#include "proxy/uri_text.h"

namespace reeve::proxy {

namespace {

// Via, Forwarded, X-Forwarded-*, ids; hosts and client names are bounded by the parser.
constexpr std::size_t kAddedRoom = 8 * 1024;

/// Fields that Reeve writes itself, whatever came.
constexpr bool is_rebuilt(http::FieldId id) {
  using enum http::FieldId;
  switch (id) {
    case Expect:  // Reeve answers it itself, once it has decided to forward
    case Forwarded:
    case Host:
    case Traceparent:
    case XForwardedFor:
    case XForwardedHost:
    case XForwardedPort:
    case XForwardedProto:
    case XRequestId:
      return true;
    default:
      return false;
  }
}

bool goes(const Request& r, const RenderedEdits& edits, const http::FieldLine& line) {
  if (is_rebuilt(line.id)) return true;
  if (http::is_dropped(line) && (line.hop_by_hop || !edits.keeps(r.head().name(line)))) return true;
  // Without a valid traceparent, tracestate belongs to no trace (W3C Trace Context, 3.3).
  if (line.name_length == 10 && r.traceparent.data() == r.made_traceparent &&
      ascii::iequals(r.head().name(line), "tracestate"))
    return true;
  return !edits.none() && edits.drops(r.head().name(line));
}

void write_target(const Request& r, http::HeadWriter& out) {
  const policy::Forward& forward = r.route->forward;
  if (forward.path) {
    std::string path;
    policy::render(*forward.path, r, path);
    out.raw(encode_uri(path));
  } else if (!forward.strip_prefix.empty()) {
    const std::string_view rest = r.path.text.substr(forward.strip_prefix.size());
    if (!rest.starts_with('/')) out.raw("/");
    out.raw(rest);
  } else {
    out.raw(r.path.text);
  }
  if (r.has_query()) {
    out.raw("?");
    out.raw(r.query());
  }
}

std::string_view host_for(const Request& r, const policy::Target& target) {
  switch (r.route->forward.host) {
    case policy::Forward::Host::Upstream:
      return target.authority;
    case policy::Forward::Host::Fixed:
      return r.route->forward.fixed_host;
    case policy::Forward::Host::Keep:
      break;
  }
  return r.head().authority.empty() ? std::string_view(target.authority) : r.head().authority;
}

void copy_fields(const Request& r, const RenderedEdits& edits, http::HeadWriter& out) {
  const http::RequestHead& head = r.head();
  std::uint32_t from = head.start_line_end;
  std::uint32_t end = from;
  const auto& removed = r.identified.removal.lines;
  std::uint32_t next = 0;  // of `removed`
  for (std::uint32_t i = 0; i < head.fields.size(); ++i) {
    const http::FieldLine& line = head.fields[i];
    end = line.end;
    const bool credential = next < removed.size() && removed[next] == i;
    if (credential) ++next;
    if (!credential && !goes(r, edits, line)) continue;
    out.raw({head.data + from, line.begin - from});
    from = line.end;
  }
  out.raw({head.data + from, end - from});
}

/// A field that a trusted proxy told, else our own word.
std::string_view told_or(const Request& r, http::FieldId id, std::string_view own) {
  const http::FieldLine* line = r.peer_trusted() ? r.head().find(id) : nullptr;
  return line == nullptr || line->value_length == 0 ? own : r.head().value(*line);
}

/// X-Forwarded-* and Forwarded, rebuilt from what is known and believed.
template <class Mine>
void write_forwarding(const Request& r, Mine&& mine, http::HeadWriter& out) {
  char list[http::kForwardedForMax];
  const std::optional<IpAddress>& peer = r.exchange.peer.address;
  if (mine("x-forwarded-for")) {
    const std::size_t size = http::write_forwarded_for(r.client, peer, list, sizeof list);
    if (size != 0) out.field("X-Forwarded-For", {list, size});
  }
  if (mine("x-forwarded-proto")) out.field("X-Forwarded-Proto", r.scheme);
  if (mine("x-forwarded-host") && !r.head().authority.empty())
    out.field("X-Forwarded-Host", told_or(r, http::FieldId::XForwardedHost, r.head().authority));
  if (mine("x-forwarded-port") && r.exchange.peer.local_port != 0) {
    char port[8];
    const auto end = std::to_chars(port, port + sizeof port, r.exchange.peer.local_port).ptr;
    out.field("X-Forwarded-Port",
              told_or(r, http::FieldId::XForwardedPort, {port, static_cast<std::size_t>(end - port)}));
  }
  if (mine("forwarded")) {
    const std::size_t size =
        http::write_forwarded(r.client, peer, r.head().authority, r.scheme, list, sizeof list);
    if (size != 0) out.field("Forwarded", {list, size});
  }
}

/// What Reeve adds, unless the route's edits remove or replace it.
void write_own(const Request& r, const RenderedEdits& edits, http::HeadWriter& out) {
  const auto mine = [&](std::string_view name) { return edits.none() || !edits.drops(name); };
  if (mine("via")) {
    out.raw(r.head().minor == 0 ? "Via: 1.0 " : "Via: 1.1 ");
    out.raw(r.gateway.pseudonym());
    out.raw("\r\n");
  }
  write_forwarding(r, mine, out);
  if (mine("x-request-id")) out.field("X-Request-Id", r.request_id);
  if (mine("traceparent")) out.field("traceparent", r.traceparent);
}

}  // namespace

rt::Buffer write_request_head(const Request& r, const policy::Target& target) {
  const RenderedEdits edits(r.route->request_headers, r);
  std::size_t room = r.head().size + edits.room() + kAddedRoom;
  for (;;) {
    rt::Buffer buffer = rt::Buffer::with_room(room);
    http::HeadWriter out(buffer.tail(), buffer.tail_room());
    out.raw(r.head().method_text);
    out.raw(" ");
    write_target(r, out);
    out.raw(" HTTP/1.1\r\n");
    if (edits.none() || !edits.drops("host")) out.field("Host", host_for(r, target));
    copy_fields(r, edits, out);
    write_own(r, edits, out);
    if (r.head().body == http::BodyKind::Chunked) out.raw("Transfer-Encoding: chunked\r\n");
    if (r.websocket) out.raw("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    edits.write(out);
    out.end();
    if (!out.overflowed()) {
      buffer.grew(out.size());
      return buffer;
    }
    room *= 2;  // a configured path or value that outgrew the estimate
  }
}

}  // namespace reeve::proxy
