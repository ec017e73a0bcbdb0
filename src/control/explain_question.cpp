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

}  // namespace reeve::control
