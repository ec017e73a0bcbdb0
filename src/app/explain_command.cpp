// SPDX-License-Identifier: Apache-2.0
#include "app/explain_command.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "app/explain_text.h"
#include "app/find_gateway.h"
#include "app/http_call.h"
#include "app/load_file.h"
#include "app/output.h"
#include "base/ascii.h"
#include "config/render_findings.h"
#include "control/explain_question.h"
#include "crypto/sealed_id.h"
#include "json/writer.h"
#include "limits/table.h"

namespace reeve::app {

namespace {

/// `--key -` reads standard input; without --key and --as, REEVE_KEY.
std::string key_of(const ExplainOptions& options) {
  if (options.key == "-") {
    std::string line;
    std::getline(std::cin, line);
    return line;
  }
  if (!options.key.empty() || !options.as.empty()) return options.key;
  const char* variable = std::getenv("REEVE_KEY");
  return variable == nullptr ? std::string() : std::string(variable);
}

/// The body of POST /v1/explain.
std::string question_json(const ExplainOptions& options) {
  std::string body;
  json::Writer json(body);
  json.begin_object().field("method", options.words[0]).field("url", options.words[1]);
  const std::string key = key_of(options);
  if (!options.as.empty()) json.field("as", options.as);
  if (!key.empty()) json.field("key", key);
  json.field("from", options.from);
  if (!options.at.empty()) json.field("at", options.at);
  json.key("headers").begin_object();
  for (const std::string& header : options.headers) {
    const std::size_t colon = header.find(':');
    json.key(std::string_view(header).substr(0, colon)).begin_array();
    json.string(colon == std::string::npos ? std::string_view{}
                                           : ascii::trim(std::string_view(header).substr(colon + 1)));
    json.end_array();
  }
  json.end_object().end_object();
  return body;
}

Exit show(const std::string& text, bool past, bool json) {
  const auto document = json::parse(text);
  if (!document || (*document)["outcome"].is_null())
    return fail(Exit::Failed, "unexpected-answer",
                "the gateway's answer is no explanation; is --admin its admin address?", json);
  print(json ? text + "\n" : explanation_text(*document));
  return past || (*document)["outcome"].string() == "allow" ? Exit::Yes : Exit::No;
}

/// Of a file, without a gateway: every counter is unused.
Exit explain_file(const ExplainOptions& options) {
  const config::LoadResult loaded = load_file(options.file);
  if (!loaded.unreadable.empty())
    return fail(Exit::Failed, "file-unreadable",
                fmt::format("{}: {}; name a file that can be read", options.file, loaded.unreadable),
                options.json);
  if (!loaded.ok()) {
    if (!options.json) print_error(config::findings_text(loaded.findings, loaded.files));
    return fail(Exit::Failed, "file-invalid",
                fmt::format("{} has errors; `reeve check` shows them", options.file), options.json);
  }
  const auto question = control::read_question(question_json(options));
  if (!question) return fail(Exit::Usage, "wrong-usage", question.error(), options.json);
  const WallTime now(std::chrono::system_clock::now());
  limits::Table unused(SipKey{});
  const limits::Binding binding =
      unused.bind(*loaded.snapshot, {MonoTime(std::chrono::hours(24 * 365)), now});
  const auto peek = [&](const policy::Facts& facts, const policy::Decision& decision,
                        policy::Standings& standings) {
    limits::Charged charged;
    unused.peek(binding, *loaded.snapshot, facts, decision, MonoTime(std::chrono::hours(24 * 365)), charged);
    for (const policy::Standing& standing : charged.standings) standings.push_back(standing);
  };
  const auto explained = control::explain_question({*loaded.snapshot, now, peek}, *question, now);
  if (!explained) return fail(Exit::Usage, "wrong-usage", explained.error(), options.json);
  std::string text;
  json::Writer json(text);
  explain::write_json(*explained, json);
  return show(text, false, options.json);
}

Exit ask_gateway(const ExplainOptions& options, bool past) {
  const auto gateway = find_gateway(options.file, options.admin);
  if (!gateway) return fail(Exit::Failed, "gateway-unreachable", gateway.error(), options.json);
  HttpCall request{
      .address = gateway->admin, .method = "GET", .path = {}, .token = gateway->token, .body = {}};
  if (past) {
    request.path = "/v1/decisions/" + options.words[0];
  } else {
    request.method = "POST";
    request.path = "/v1/explain";
    request.body = question_json(options);
  }
  const auto answer = call(request);
  if (!answer)
    return fail(Exit::Failed, "gateway-unreachable",
                answer.error() + "; check that the gateway runs and --admin is its admin address",
                options.json);
  if (answer->status == 200) return show(answer->body, past, options.json);
  const auto problem = json::parse(answer->body);
  const auto text = [&](std::string_view name) {
    return problem ? std::string((*problem)[name].string().value_or("")) : std::string();
  };
  if (past && answer->status == 404)
    return fail(Exit::No, "decision-unreadable", text("detail"), options.json);
  if (answer->status == 400) return fail(Exit::Usage, "wrong-usage", text("detail"), options.json);
  return fail(
      Exit::Failed, text("code").empty() ? "unexpected-answer" : text("code"),
      text("detail").empty() ? fmt::format("the gateway answered {}", answer->status) : text("detail"),
      options.json);
}

/// An id is put into a URL: whatever else stands there is none.
bool is_id(std::string_view text) {
  if (text.size() > crypto::kIdTextMost) return false;
  for (const char c : text)
    if (!ascii::is_alpha(c) && !ascii::is_digit(c) && c != '_' && c != '-') return false;
  return text.starts_with("d_");
}

}  // namespace

Exit explain(const ExplainOptions& options) {
  const bool past = options.words.size() == 1;
  if (!options.model.empty())
    return fail(Exit::Usage, "not-yet", "--model asks about AI routes, which this version does not have yet",
                options.json);
  if (past) {
    if (!options.as.empty() || !options.key.empty() || !options.from.empty())
      return fail(Exit::Usage, "wrong-usage",
                  "a decision's id says itself who asked from where; leave the options out", options.json);
    if (!is_id(options.words[0]))
      return fail(Exit::No, "decision-unreadable",
                  "this is no decision id: they begin with d_ and stand in Reeve-Decision", options.json);
    return ask_gateway(options, true);
  }
  if (options.words.size() != 2)
    return fail(Exit::Usage, "wrong-usage", "give a decision's id, or a method and a URL", options.json);
  if (options.from.empty())
    return fail(Exit::Usage, "wrong-usage", "--from, the client's address, is needed", options.json);
  return options.file.empty() ? ask_gateway(options, false) : explain_file(options);
}

}  // namespace reeve::app
