// SPDX-License-Identifier: Apache-2.0
// Third step: the decision. Gathers what identity and the counters know, asks policy::decide once, takes the
// counters when every pure check has passed, and turns a failed check into the refusal that the client sees.
// Judges nothing itself.
#include "policy/decision.h"
#include "proxy/steps.h"

namespace reeve::proxy {

namespace {

/// What exactly a route's own rule about the request found; the step that saw other flaws has said so itself.
std::string_view context_of(const Request& r, Check check, Code code) {
  if (check != Check::Request || r.facts.request_flaw) return {};
  if (code == Code::RequestMalformed) return "the path holds an encoded slash (%2F)";
  return r.facts.upgrade.other ? "only an upgrade to websocket can be made"
                               : "this route makes no upgrade to websocket";
}

/// Whether this address was refused too often lately.
void look_at_knocking(Request& r) {
  if (!r.facts.routed || r.facts.match != policy::RouteMatch::Kind::Found) return;
  const limits::Knock knock = r.gateway.limits().knocking(*r.generation->limits, r.snapshot, r.facts,
                                                          r.facts.route, r.gateway.loop().now());
  r.facts.knocking = knock.limit;
  if (knock.limit != policy::kNone) r.standings.push_back(knock.standing);
}

/// Limits on refusals count those of the checks `route` to `quarantine`, not their own (rules, 2).
void count_knock(Request& r, Check check) {
  if (check < Check::Route || check > Check::Quarantine || check == Check::IpLimit) return;
  r.gateway.limits().count_refused(*r.generation->limits, r.snapshot, r.facts, r.decision.route,
                                   r.gateway.loop().now());
}

/// Takes the counters, since every pure check has passed. False: one was exhausted, and nothing is taken.
bool charge(Request& r) {
  limits::Charged charged;
  const bool admitted = r.gateway.limits().charge(*r.generation->limits, r.snapshot, r.facts, r.decision,
                                                  r.gateway.loop().now(), r.taken, charged);
  for (const policy::Standing& standing : charged.standings) r.standings.push_back(standing);
  policy::conclude(r.snapshot, r.standings, r.decision);
  return admitted;
}

}  // namespace

Error refusal_by(Request& r, Check check) {
  const Code code = r.decision[check].code;
  r.concealed = policy::conceals(r.snapshot, r.facts, r.decision);
  if (r.concealed) return {Code::RouteNotFound, Fault::Client, Sent::Nothing, {}};
  const Fault fault = facts(code).status >= 500 ? Fault::Gateway : Fault::Client;
  return {code, fault, Sent::Nothing, context_of(r, check, code)};
}

Result<void> judge(Request& r) {
  const bool knocking = r.snapshot.any_knocking;
  if (knocking) look_at_knocking(r);
  policy::decide(r.snapshot, r.facts, r.decision);
  if (const std::optional<Check> check = r.decision.refused_by()) {
    if (knocking) count_knock(r, *check);
    return std::unexpected(refusal_by(r, *check));
  }
  if (!r.decision.charges.empty() && !charge(r))
    return std::unexpected(refusal_by(r, *r.decision.refused_by()));
  // A template wants the id before there is a status.
  if (r.generation->wants_decision_id[r.decision.route]) sealed(r);
  r.websocket = r.facts.upgrade.websocket;  // h2c is ignored (rules, 2)
  return {};
}

Error reject(Request& r, const Error& flaw) {
  r.facts.request_flaw = flaw.code;
  policy::decide(r.snapshot, r.facts, r.decision);
  return flaw;
}

}  // namespace reeve::proxy
