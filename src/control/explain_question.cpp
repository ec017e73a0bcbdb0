// SPDX-License-Identifier: Apache-2.0
#include "control/explain_question.h"

#include <fmt/format.h>

#include "config/grammar.h"
#include "config/suggest.h"
#include "crypto/engine.h"
#include "crypto/sha256.h"
#include "identity/credential.h"
#include "json/reader.h"
#include "policy/hypothetical.h"

namespace reeve::control {

namespace {

using explain::Explanation;
using policy::CheckResult;

bool add_header(const std::string& name, const json::Value& value, ExplainQuestion& question) {
  if (const auto text = value.string()) {
    question.headers.emplace_back(name, *text);
    return true;
  }
  for (const json::Value& one : value.items()) {
    if (!one.string()) return false;
    question.headers.emplace_back(name, *one.string());
  }
  return !value.items().empty();
}

/// Empty = fine.
std::string_view add_member(const std::string& name, const json::Value& value, ExplainQuestion& question) {
  if (name == "headers") {
    for (const auto& [field, content] : value.members())
      if (!add_header(field, content, question)) return "headers must map names to texts or lists of texts.";
    return {};
  }
  const auto text = value.string();
  if (!text) return "as, key, from, at, method, url and model are texts.";
  if (name == "as")
    question.as = *text;
  else if (name == "key")
    question.key = *text;
  else if (name == "method")
    question.method = *text;
  else if (name == "url")
    question.url = *text;
  else if (name == "from") {
    question.from = IpAddress::parse(*text);
    if (!question.from) return "from is not an IP address.";
  } else if (name == "at") {
    question.at = config::parse_time(*text);
    if (!question.at) return "at is not a time; write RFC 3339 with a zone, such as 2026-11-24T10:00:00Z.";
  } else if (name == "model") {
    return "model is not yet part of this version: it asks about AI routes.";
  } else {
    return "The body has a member that this resource does not know.";
  }
  return {};
}

constexpr std::string_view name_of(http::Method method) {
  using enum http::Method;
  switch (method) {
    case Get:
      return "GET";
    case Head:
      return "HEAD";
    case Post:
      return "POST";
    case Put:
      return "PUT";
    case Delete:
      return "DELETE";
    case Options:
      return "OPTIONS";
    case Patch:
      return "PATCH";
    case Connect:
      return "CONNECT";
    case Trace:
      return "TRACE";
    case Other:
      break;
  }
  return {};
}

/// Whoever asks; the error says that there is no such caller.
std::expected<void, std::string> identify(policy::Hypothetical& request, const policy::Snapshot& snapshot,
                                          const ExplainQuestion& question) {
  if (!question.as.empty()) {
    const std::uint32_t caller = snapshot.find_caller(question.as);
    if (caller == policy::kNone) {
      std::vector<std::string_view> names;
      for (const policy::Caller& one : snapshot.callers) names.push_back(one.name);
      return std::unexpected(
          fmt::format("There is no caller {}{}.", question.as, config::did_you_mean(question.as, names)));
    }
    request.as(caller);
  } else if (!question.key.empty() && request.route() != nullptr &&
             !request.route()->acceptance.none_only()) {
    crypto::Engine engine;
    request.facts().credential = identity::judge_key(
        question.key, policy::CredentialPlace::None,
        {.keys = snapshot.keys, .environment = snapshot.environment, .now = request.facts().now}, engine);
  } else {
    request.as_anonymous();
  }
  return {};
}

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

/// The sealed bits are authoritative for the past; places and texts come from the evaluation.
void prefer_bits(const explain::Record& record, std::vector<explain::CheckView>& views) {
  bool first = true;
  for (explain::CheckView& view : views) {
    const CheckResult sealed = record.checks[static_cast<std::size_t>(view.check)];
    const bool other_limit =
        sealed == CheckResult::Fail && !view.limit.empty() && !record.limit.is(view.limit);
    view.result = other_limit ? CheckResult::Pass : sealed;
    if (view.check == Check::Body) view.saw.clear();  // an id holds no header: nobody knows what came
    if (view.result != CheckResult::Fail) {
      view.code.reset();
    } else if (std::exchange(first, false)) {
      view.code = record.code;
    }
  }
}

policy::CredentialVerdict verdict_of(const explain::Record& record, const policy::Snapshot& snapshot) {
  policy::CredentialVerdict verdict;
  verdict.place = record.place;
  const bool refused = record.checks[static_cast<std::size_t>(Check::Credential)] == CheckResult::Fail;
  if (!record.key.empty()) verdict.key = snapshot.keys.named(record.key.text);
  if (refused) {
    verdict.state = policy::CredentialVerdict::State::Refused;
    verdict.slip = record.slip;
    verdict.slip_at = record.slip_at;
    const bool told = record.code && facts(*record.code).check == Check::Credential;
    verdict.code = told ? *record.code : Code::CredentialUnknown;
  } else if (!record.caller.empty()) {
    verdict.caller = snapshot.find_caller(record.caller.text);
    if (verdict.caller != policy::kNone) verdict.state = policy::CredentialVerdict::State::Accepted;
  }
  return verdict;
}

void show_record(const explain::Record& record, Explanation& e) {
  e.time = record.time;
  e.request.method = record.method == http::Method::Other ? std::string(record.method_text.text)
                                                          : std::string(name_of(record.method));
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

}  // namespace

std::expected<ExplainQuestion, std::string> read_question(const std::string& body) {
  const auto document = json::parse(body);
  if (!document || body.find_first_not_of(" \t\r\n") != body.find('{'))
    return std::unexpected("The body is no JSON object.");
  ExplainQuestion question;
  for (const auto& [name, value] : document->members())
    if (const std::string_view flaw = add_member(name, value, question); !flaw.empty())
      return std::unexpected(std::string(flaw));
  if (question.method.empty() || question.url.empty()) return std::unexpected("method and url are needed.");
  if (!question.from) return std::unexpected("from, the client's address, is needed.");
  if (!question.as.empty() && !question.key.empty()) return std::unexpected("as and key exclude each other.");
  return question;
}

std::expected<Explanation, std::string> explain_question(const Asked& asked, const ExplainQuestion& question,
                                                         WallTime now) {
  policy::Hypothetical request(asked.snapshot);
  const policy::Hypothesis hypothesis{.method = question.method,
                                      .url = question.url,
                                      .headers = question.headers,
                                      .from = question.from,
                                      .at = question.at.value_or(now)};
  if (auto prepared = request.prepare(hypothesis); !prepared) return std::unexpected(prepared.error());
  if (auto known = identify(request, asked.snapshot, question); !known) return std::unexpected(known.error());
  policy::Decision decision;
  request.decide(decision);
  policy::Standings standings;
  if (asked.peek) asked.peek(request.facts(), decision, standings);

  const explain::Refused of{asked.snapshot, request.facts(), decision, standings, request.flaw()};
  Explanation e;
  e.time = hypothesis.at;
  e.configuration_hash = asked.snapshot.hash;
  e.loaded = asked.loaded;
  e.request = {.method = question.method,
               .host = std::string(request.host()),
               .path = std::string(request.path()),
               .client_ip = question.from ? question.from->to_string() : std::string(),
               .client_ip_source = "as asked"};
  e.caller = explain::caller_shown(of);
  e.judged = explain::judged(of);
  return e;
}

std::expected<Explanation, std::string> explain_decision(const Asked& asked, const DecisionKeys& keys,
                                                         std::string_view id) {
  crypto::OpenedId opened;
  const auto record = open_decision(id, keys, opened);
  if (!record) return std::unexpected(record.error());
  Explanation e;
  e.decision = id;
  show_record(*record, e);
  e.available = record->configuration == explain::configuration_mark(asked.snapshot.hash);
  e.current = e.available;
  e.loaded = asked.loaded;
  e.configuration_hash = e.available ? asked.snapshot.hash : crypto::to_hex(record->configuration);
  show_sealed_outcome(*record, e.judged);
  if (!record->route.empty()) e.judged.route = explain::RouteShown{std::string(record->route.text), {}};
  e.judged.checks = bits_of(*record);
  if (e.request.truncated) return e;  // a cut path would be another request

  policy::Hypothetical request(asked.snapshot);
  const std::string host = e.request.host.empty() ? "localhost" : e.request.host;
  policy::Hypothesis hypothesis{
      .method = e.request.method, .url = "http://" + host + e.request.path, .headers = {}};
  hypothesis.from = record->client;
  hypothesis.at = record->time;
  if (!request.prepare(hypothesis)) return e;  // it was no request that can be written down again
  request.facts().credential = verdict_of(*record, asked.snapshot);
  policy::Decision decision;
  request.decide(decision);
  const policy::Standings none;
  const explain::Refused of{asked.snapshot, request.facts(), decision, none, request.flaw()};
  explain::Judged evaluated = explain::judged(of);
  if (!e.available) {
    e.today = std::move(evaluated);
    return e;
  }
  if (auto caller = explain::caller_shown(of)) e.caller = std::move(caller);
  e.judged.route = std::move(evaluated.route);
  e.judged.hidden = evaluated.hidden;
  e.judged.checks = std::move(evaluated.checks);
  prefer_bits(*record, e.judged.checks);
  return e;
}

}  // namespace reeve::control
