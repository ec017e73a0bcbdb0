// SPDX-License-Identifier: Apache-2.0
// The one exit of every request: metrics and the log line. Plain code that cannot wait or fail, so that no
// cancelled request is missing from either.
#include "proxy/steps.h"

namespace reeve::proxy {

namespace {

/// The 32 hex digits of a traceparent, which admit judged.
std::string_view trace_id(const Request& r) {
  return r.traceparent.size() < 35 ? std::string_view{} : r.traceparent.substr(3, 32);
}

}  // namespace

void finish(Request& r, const Result<void>& outcome) {
  Gateway& gateway = r.gateway;
  const MonoTime now = gateway.loop().now();
  const Duration took = now - r.exchange.started;
  telemetry::RouteMetrics& metrics =
      r.route == nullptr
          ? *r.generation->no_route_metrics
          : *r.generation->route_metrics[static_cast<std::size_t>(r.route - r.snapshot.routes.data())];
  if (!outcome && outcome.error().code == Code::ClientClosed && !r.head_sent) {
    r.status = facts(Code::ClientClosed).status;
    r.exchange.close = true;
  }
  gateway.metrics().request(metrics, r.head().method, r.status, r.origin, took);
  if (!outcome && r.origin == telemetry::Origin::Gateway && outcome.error().code != Code::ClientClosed)
    gateway.metrics().refusal(metrics, outcome.error().code);
  if (!gateway.log().enabled()) return;

  telemetry::AccessRecord record;
  record.time = gateway.loop().clock().wall;
  if (!outcome) record.code = outcome.error().code;
  record.client_ip = r.client.client ? &*r.client.client : nullptr;
  record.peer = r.exchange.peer.address ? &*r.exchange.peer.address : nullptr;
  if (r.route != nullptr) record.route = r.route->name;
  record.method = r.head().method_text;
  record.host = r.host;
  record.path = r.path.text;
  record.status = r.status;
  record.origin = r.origin;
  record.protocol = r.head().minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
  record.tls = r.exchange.stream.tls();
  record.bytes_in = r.bytes_in;
  record.bytes_out = r.bytes_out;
  record.duration = took;
  record.attempts = r.attempts;
  if (r.target != nullptr) record.target = r.target->url;
  record.upstream_status = r.upstream_status;
  record.upstream_duration = r.upstream_duration;
  record.request_id = r.request_id;
  record.trace_id = trace_id(r);
  gateway.log().write(record);
}

}  // namespace reeve::proxy
