// SPDX-License-Identifier: Apache-2.0
// A past decision from its id: what the id says, evaluated again for the places and texts that it has no room
// for. Where the two differ the id is right; what neither knows is not shown.
#include <utility>

#include "control/explain_question.h"
#include "crypto/sha256.h"
#include "policy/hypothetical.h"

namespace reeve::control {

namespace {

using explain::Explanation;
using policy::CheckResult;

/// What the id's own bits say of each check, where they are all that is known.
std::vector<explain::CheckView> bits_of(const explain::Record& record) {
  std::vector<explain::CheckView> views;
  bool first = true;
  for (std::size_t i = 0; i < kCheckCount; ++i) {
    explain::CheckView view{.check = static_cast<Check>(i), .result = record.checks[i]};
    if (view.result == CheckResult::Fail && std::exchange(first, false)) view.code = record.code;
    views.push_back(std::move(view));
  }
  return views;
}

bool failed(const explain::Record& record, Check check) {
  return record.checks[static_cast<std::size_t>(check)] == CheckResult::Fail;
}

/// What the id knows and an evaluation without the request's header does not: which route it was, and which
/// limit on refusals was exhausted. False: what would be judged is not what was.
bool recall(const explain::Record& record, const policy::Snapshot& snapshot, policy::Facts& facts) {
  if (!record.route.empty()) {
    const auto route = std::ranges::find_if(
        snapshot.routes, [&](const policy::Route& one) { return record.route.is(one.name); });
    if (route == snapshot.routes.end()) return false;
    facts.request_flaw.reset();  // of a path that was cut
    facts.routed = true;
    facts.match = policy::RouteMatch::Kind::Found;
    facts.route = static_cast<std::uint32_t>(route - snapshot.routes.begin());
  } else if (record.checks[static_cast<std::size_t>(Check::Route)] == CheckResult::Unknown) {
    facts.routed = false;  // refused before a route was looked for
    facts.request_flaw = record.code;
  } else if (facts.match == policy::RouteMatch::Kind::Found) {
    return false;
  }
  for (std::uint32_t i = 0; failed(record, Check::IpLimit) && i < snapshot.limits.size(); ++i)
    if (snapshot.limits[i].on_refused && record.limit.is(snapshot.limits[i].name)) facts.knocking = i;
  return true;
}

/// The sealed bits are authoritative for the past; places and texts come from the evaluation. Counters have
/// none of their own: see below.
void prefer_bits(const explain::Record& record, const policy::Route* route, policy::Decision& decision) {
  bool first = true;
  for (std::size_t i = 0; i < kCheckCount; ++i) {
    const CheckResult sealed = record.checks[i];
    policy::CheckOutcome& outcome = decision.checks[i];
    if (sealed != CheckResult::Pass && sealed != CheckResult::Fail) continue;
    if (outcome.result == CheckResult::Pass && sealed == CheckResult::Fail && route != nullptr)
      outcome.code = route->body_max ? Code::BodyTooLarge : Code::BodyTypeRefused;
    if (outcome.result == CheckResult::Pass || outcome.result == CheckResult::Fail) outcome.result = sealed;
    if (sealed == CheckResult::Fail && std::exchange(first, false) && record.code)
      outcome.code = *record.code;
  }
}

std::optional<Code> code_of(Check check) {
  switch (check) {
    case Check::Concurrency:
      return Code::ConcurrencyLimited;
    case Check::Rate:
      return Code::RateLimited;
    case Check::Quota:
      return Code::QuotaExhausted;
    default:
      return std::nullopt;
  }
}

/// The same for counters. The id names the code and limit that refused first; which of several it was behind
/// that nobody knows.
void prefer_bits(const explain::Record& record, const policy::Route* route,
                 std::vector<explain::CheckView>& views) {
  std::optional<Check> first;
  for (explain::CheckView& view : views) {
    const CheckResult sealed = record.checks[static_cast<std::size_t>(view.check)];
    if (sealed == CheckResult::Fail && !first) first = view.check;
    view.result = sealed;
    if (view.check == Check::Body) view.saw.clear();  // an id holds no header: nobody knows what came
    const std::optional<Code> counters = code_of(view.check);
    if (sealed == CheckResult::Fail && counters) {
      const auto same = [&](const explain::CheckView& other) { return other.check == view.check; };
      if (view.check != first && std::ranges::count_if(views, same) > 1) view.result = CheckResult::Unknown;
      if (view.check == first && !record.limit.is(view.limit)) view.result = CheckResult::Pass;
      view.code = counters;
    }
    if (view.check == Check::Body && view.check != first && route != nullptr && route->body_max &&
        !route->body_types.empty()) {
      view.code.reset();
      view.at.clear();
    }
    if (view.result != CheckResult::Fail) view.code.reset();
  }
}

std::uint32_t caller_of(const explain::Record& record, const policy::Snapshot& snapshot) {
  if (record.caller.empty() || !record.caller.cut) return snapshot.find_caller(record.caller.text);
  const auto found = std::ranges::find_if(
      snapshot.callers, [&](const policy::Caller& one) { return record.caller.is(one.name); });
  return found == snapshot.callers.end() ? policy::kNone
                                         : static_cast<std::uint32_t>(found - snapshot.callers.begin());
}

policy::CredentialVerdict verdict_of(const explain::Record& record, const policy::Snapshot& snapshot) {
  policy::CredentialVerdict verdict;
  verdict.place = record.place;
  if (!record.key.empty()) verdict.key = snapshot.keys.named(record.key.text);
  if (failed(record, Check::Credential)) {
    verdict.state = policy::CredentialVerdict::State::Refused;
    verdict.slip = record.slip;
    verdict.slip_at = record.slip_at;
    const bool told = record.code && facts(*record.code).check == Check::Credential;
    verdict.code = told ? *record.code : Code::CredentialUnknown;
  } else if (!record.caller.empty()) {
    verdict.caller = caller_of(record, snapshot);
    if (verdict.caller != policy::kNone) verdict.state = policy::CredentialVerdict::State::Accepted;
  }
  return verdict;
}

void show_record(const explain::Record& record, Explanation& e) {
  e.time = record.time;
  e.request.method = record.method == http::Method::Other ? std::string(record.method_text.text)
                                                          : std::string(http::name(record.method));
  e.request.host = record.host.text;
  e.request.path = record.path.text;
  e.request.truncated = record.host.cut || record.path.cut;
  if (record.client) e.request.client_ip = record.client->to_string();
  e.request.client_ip_source = explain::describe_client(record);
  if (!record.caller.empty())
    e.caller = explain::CallerShown{.name = std::string(record.caller.text),
                                    .team = {},
                                    .key = std::string(record.key.text),
                                    .roles = {}};
}

void show_sealed_outcome(const explain::Record& record, explain::Judged& judged) {
  judged.outcome = record.code ? explain::Outcome::Deny : explain::Outcome::Allow;
  judged.code = record.code;
  judged.status = record.status == 0 ? std::nullopt : std::optional(record.status);
}

/// The request that a record tells of, as far as it does: header and body are not in it.
bool prepare(const explain::Record& record, const explain::RequestShown& shown, policy::Hypothetical& request,
             const policy::Snapshot& snapshot) {
  const std::string host = shown.host.empty() ? "localhost" : shown.host;
  policy::Hypothesis hypothesis{.method = shown.method, .url = "http://" + host + shown.path, .headers = {}};
  hypothesis.from = record.client;
  hypothesis.at = record.time;
  if (!request.prepare(hypothesis)) return false;
  request.facts().credential = verdict_of(record, snapshot);
  return true;
}

/// What today's configuration says of it; nothing when that is no request that can be written down again.
std::optional<explain::Judged> judge_today(const explain::Record& record, const explain::RequestShown& shown,
                                           const policy::Snapshot& snapshot) {
  policy::Hypothetical request(snapshot);
  if (!prepare(record, shown, request, snapshot)) return std::nullopt;
  policy::Decision decision;
  request.decide(decision);
  return explain::judged({snapshot, request.facts(), decision, {}, request.flaw()});
}

/// Places and texts of the configuration that the decision was taken under, where the id leaves them out.
void add_places(const explain::Record& record, const policy::Snapshot& snapshot, Explanation& e) {
  policy::Hypothetical request(snapshot);
  if (!prepare(record, e.request, request, snapshot)) return;
  if (!recall(record, snapshot, request.facts())) return;
  policy::Decision decision;
  request.decide(decision);
  prefer_bits(record, request.route(), decision);
  const policy::Standings none;
  const explain::Refused of{snapshot, request.facts(), decision, none, request.flaw()};
  explain::Judged evaluated = explain::judged(of);
  // Whose credential it was is known although it was refused.
  if (decision.caller == policy::kNone) decision.caller = caller_of(record, snapshot);
  if (decision.key == policy::kNone) decision.key = request.facts().credential.key;
  if (auto caller = explain::caller_shown(of)) e.caller = std::move(caller);
  e.judged.route = std::move(evaluated.route);
  e.judged.hidden = evaluated.hidden && record.status == facts(Code::RouteNotFound).status;
  e.judged.checks = std::move(evaluated.checks);
  prefer_bits(record, request.route(), e.judged.checks);
}

}  // namespace

std::expected<Explanation, std::string> explain_decision(const Asked& today, const FindEarlier& earlier,
                                                         const DecisionKeys& keys, std::string_view id) {
  crypto::OpenedId opened;
  const auto record = open_decision(id, keys, opened);
  if (!record) return std::unexpected(record.error());
  Explanation e;
  e.decision = id;
  show_record(*record, e);
  show_sealed_outcome(*record, e.judged);
  if (!record->route.empty()) e.judged.route = explain::RouteShown{std::string(record->route.text), {}};
  e.judged.checks = bits_of(*record);

  e.current = record->configuration == explain::configuration_mark(today.snapshot.hash);
  const std::optional<Asked> then = e.current ? today : earlier(record->configuration);
  e.available = then.has_value();
  e.loaded = then ? then->loaded : WallTime{};
  e.configuration_hash = then ? then->snapshot.hash : crypto::to_hex(record->configuration);

  // A cut path would be another request; where the rules are the same the route is known all the same.
  if (then && (!e.request.truncated || !record->route.empty())) add_places(*record, then->snapshot, e);
  // Of one that was refused for its head the id holds none: today it would be another.
  const bool unrouted = record->checks[static_cast<std::size_t>(Check::Route)] == CheckResult::Unknown;
  if (!e.current && !e.request.truncated && !unrouted)
    e.today = judge_today(*record, e.request, today.snapshot);
  return e;
}

}  // namespace reeve::control
