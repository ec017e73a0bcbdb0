// SPDX-License-Identifier: Apache-2.0
// What goes into the record of a decision (contract, 5), gathered when the answer's head is about to be
// written. The encoding is explain's, the envelope crypto's.
#include <algorithm>

#include "proxy/decision_id.h"
#include "proxy/steps.h"

namespace reeve::proxy {

namespace {

explain::ClientSource source_of(const Request& r) {
  if (r.exchange.peer.proxied_address && r.client.client == r.exchange.peer.proxied_address)
    return explain::ClientSource::ProxyProtocol;
  if (!r.client.from_field) return explain::ClientSource::Peer;
  const std::string& header = r.snapshot.client_ip.header;
  if (header == "x-forwarded-for") return explain::ClientSource::XForwardedFor;
  return header == "forwarded" ? explain::ClientSource::Forwarded : explain::ClientSource::OtherField;
}

}  // namespace

std::string_view sealed(Request& r, std::uint16_t status) {
  if (!r.decision_id.empty()) return r.decision_id;
  explain::Record record;
  explain::add_decision(record, r.snapshot, r.facts, r.decision);
  record.configuration = r.generation->mark;
  record.time = r.gateway.loop().clock().wall;
  record.peer = r.exchange.peer.address;
  record.claimed = r.client.claimed;
  record.source = source_of(r);
  record.method = r.head().method;
  if (record.method == http::Method::Other) record.method_text = r.head().method_text;
  record.status = status;
  if (const std::optional<Check> check = r.decision.refused_by()) {
    record.code = r.decision[*check].code;
  } else if (r.code) {  // admitted, and failed later
    record.code = r.code;
    record.checks[static_cast<std::size_t>(facts(*r.code).check)] = policy::CheckResult::Fail;
  }
  for (const policy::Standing& standing : r.standings)
    if (standing.refuses() && record.limit.empty()) record.limit = r.snapshot.limits[standing.limit].name;
  record.host = r.host;
  record.path = r.shown_path();
  r.decision_id = seal_decision(r.gateway.sealer(), record, r.decision_id_text);
  return r.decision_id;
}

}  // namespace reeve::proxy
