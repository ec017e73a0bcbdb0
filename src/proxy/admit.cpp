// SPDX-License-Identifier: Apache-2.0
// First step: who asks, under which ids, for which host; and what no route can serve. Nothing here depends on
// the routes.
#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "http/field_rules.h"
#include "identity/wrapping.h"
#include "policy/facts.h"
#include "proxy/steps.h"

namespace reeve::proxy {

namespace {

void write_hex(std::uint64_t bits, char* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int i = 15; i >= 0; --i) {
    out[i] = kDigits[bits & 15];
    bits >>= 4;
  }
}

/// Who is asking. The address in a PROXY protocol header is one hop more: what the trusted peer saw.
void find_client(Request& r) {
  const policy::ClientIp& settings = r.snapshot.client_ip;
  const PeerFacts& peer = r.exchange.peer;
  const auto trusted = [&](const std::optional<IpAddress>& hop) { return settings.trusts(hop); };
  if (!peer.proxied_address) {
    http::client_address(r.head(), settings.header, peer.address, trusted, r.client);
    return;
  }
  http::client_address(r.head(), settings.header, peer.proxied_address, trusted, r.client);
  if (r.client.from_field) {
    r.client.hops.push_back(*peer.proxied_address);
    std::rotate(r.client.hops.begin(), r.client.hops.end() - 1, r.client.hops.end());
  }
  r.client.from_field = true;
}

/// What the client's side of a trusted proxy was like, else our own.
void find_scheme(Request& r) {
  r.scheme = r.exchange.peer.secure ? "https" : "http";
  const http::FieldLine* told = r.head().find(http::FieldId::XForwardedProto);
  if (told == nullptr || !r.peer_trusted()) return;
  for (const std::string_view known : {"https", "http"})
    if (ascii::iequals(r.head().value(*told), known)) r.scheme = known;
}

}  // namespace

void name_request(Request& r) {
  const http::FieldLine* id = r.head().find(http::FieldId::XRequestId);
  // A key by mistake is none: ids are logged, and told to the upstream.
  if (id != nullptr && http::is_request_id(r.head().value(*id)) &&
      !identity::without_keys(r.head().value(*id))) {
    r.request_id = r.head().value(*id);
  } else {
    write_hex(r.gateway.prng().next(), r.made_request_id);
    write_hex(r.gateway.prng().next(), r.made_request_id + 16);
    r.request_id = {r.made_request_id, sizeof r.made_request_id};
  }
  const http::FieldLine* trace = r.head().find(http::FieldId::Traceparent);
  if (trace != nullptr && http::is_traceparent(r.head().value(*trace))) {
    r.traceparent = r.head().value(*trace);
    return;
  }
  // W3C Trace Context: version 00, trace id, parent id, flags 00 (nothing is recorded here).
  char* out = r.made_traceparent;
  std::memcpy(out, "00-", 3);
  write_hex(r.gateway.prng().next() | 1, out + 3);  // ids of only zeros are invalid
  write_hex(r.gateway.prng().next(), out + 19);
  out[35] = '-';
  write_hex(r.gateway.prng().next() | 1, out + 36);
  std::memcpy(out + 52, "-00", 3);
  r.traceparent = {r.made_traceparent, sizeof r.made_traceparent};
}

void Request::set_client_text() {
  client_text_size_ =
      client.client ? static_cast<std::uint8_t>(client.client->write(client_text_)) : std::uint8_t{0};
}

Result<void> admit(Request& r) {
  name_request(r);
  find_client(r);
  r.set_client_text();
  find_scheme(r);
  r.host = http::matching_host_of(r.head().authority, r.host_form);
  r.facts = policy::facts_of(r.head(), r.client.client, r.gateway.loop().clock().wall);
  const auto refused = [](Code code, std::string_view context) {
    return std::unexpected(Error{code, Fault::Client, Sent::Nothing, context});
  };
  if (r.gateway.refusing())
    return std::unexpected(
        Error{Code::Draining, Fault::Gateway, Sent::Nothing, "the gateway is about to stop"});
  switch (r.head().method) {
    case http::Method::Connect:
      return refused(Code::MethodNotImplemented, "CONNECT is for forward proxies");
    case http::Method::Trace:
      return refused(Code::MethodNotImplemented, "TRACE would show a request's credentials");
    default:
      break;
  }
  if (http::via_names(r.head(), r.gateway.pseudonym()))
    return refused(Code::LoopDetected, "this gateway's own name stands in Via");
  return {};
}

}  // namespace reeve::proxy
