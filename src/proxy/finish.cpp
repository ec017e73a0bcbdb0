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

/// A request that was refused after all, or that reached nobody, has used nothing up; once bytes may have
/// reached an upstream, it has (rules, 4).
bool used_nothing(const Request& r, Code code) {
  return !r.reached && (code == Code::BodyTooLarge || code == Code::Maintenance ||
                        code == Code::NoHealthyTarget || code == Code::UpstreamUnreachable);
}

void settle_counters(Request& r, const Result<void>& outcome) {
  if (r.taken.empty()) return;
  if (!outcome && used_nothing(r, outcome.error().code))
    r.taken.give_back({r.gateway.loop().now(), r.gateway.loop().clock().wall});
  r.taken.release();
}

/// Whose credential came, also when it was right but out of force: operators look for those.
void name_caller(const Request& r, telemetry::AccessRecord& record) {
  const policy::Snapshot& snapshot = r.snapshot;
  const std::uint32_t key = r.facts.credential.key;
  std::uint32_t whose = r.decision.caller;
  if (key != policy::kNone) {
    record.key = snapshot.keys.id(key);
    whose = snapshot.keys[key].caller;
  }
  if (whose == policy::kNone) return;
  const policy::Caller& caller = snapshot.callers[whose];
  record.caller = caller.name;
  if (caller.team != policy::kNone) record.team = snapshot.teams[caller.team].name;
}

}  // namespace

void finish(Request& r, const Result<void>& outcome) {
  Gateway& gateway = r.gateway;
  const MonoTime now = gateway.loop().now();
  settle_counters(r, outcome);
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
  // The operator sees the real cause, also where the client is shown none.
  std::optional<Code> code;
  if (!outcome) code = outcome.error().code;
  std::optional<Check> check;
  if (code && code != Code::ClientClosed) check = r.decision.refused_by();
  if (check) code = r.decision[*check].code;
  if (code && r.origin == telemetry::Origin::Gateway && code != Code::ClientClosed)
    gateway.metrics().refusal(metrics, *code, check.value_or(facts(*code).check));
  if (!gateway.log().enabled()) return;

  telemetry::AccessRecord record;
  record.time = gateway.loop().clock().wall;
  record.decision = r.decision_id;
  record.code = code;
  record.check = check;
  record.client_ip = r.client.client ? &*r.client.client : nullptr;
  record.peer = r.exchange.peer.address ? &*r.exchange.peer.address : nullptr;
  name_caller(r, record);
  if (r.route != nullptr) record.route = r.route->name;
  record.method = r.head().method_text;
  record.host = r.host;
  record.path = r.shown_path();
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
