// SPDX-License-Identifier: Apache-2.0
// Both ways end in the same document; what people read is made from it.
#include "app/plan_command.h"

#include <fmt/format.h>

#include <chrono>

#include "app/find_gateway.h"
#include "app/http_call.h"
#include "app/load_file.h"
#include "app/output.h"
#include "config/grammar.h"
#include "config/system_doors.h"
#include "control/plan_document.h"
#include "json/reader.h"
#include "json/writer.h"

namespace reeve::app {

namespace {

std::string word(const json::Value& object, std::string_view name) {
  return printable(object[name].string().value_or(""));
}

std::string joined(const json::Value& list) {
  std::string text;
  for (const json::Value& item : list.items())
    text.append(text.empty() ? "" : ", ").append(printable(item.string().value_or("")));
  return text;
}

std::string hours_text(const json::Value& hours) {
  if (const auto always = hours.string()) return printable(*always);
  std::string text;
  for (const json::Value& window : hours.items())
    text += fmt::format("{}{} {}-{} {}", text.empty() ? "" : "; ", joined(window["days"]),
                        word(window, "from"), word(window, "to"), word(window, "zone"));
  return text;
}

std::string row_text(const json::Value& row) {
  if (!row["what"].is_null())
    return fmt::format("  {} {}  [{}]\n", word(row, "what"), word(row, "name"), word(row, "because"));
  const std::string callers = row["callers"].items().empty() ? word(row, "caller") : joined(row["callers"]);
  std::string text =
      fmt::format("  {}: {} {}\n      {} becomes {}  [{}]\n      from {}, {}", callers, word(row, "method"),
                  word(row, "route"), word(row, "was"), word(row, "becomes"), word(row, "because"),
                  joined(row["networks"]), hours_text(row["hours"]));
  if (!row["except"].is_null()) text += ", but not " + hours_text(row["except"]);
  if (!row["from"].is_null()) text += fmt::format(", {} to {}", word(row, "from"), word(row, "until"));
  for (const auto* narrower : {"hosts", "paths", "when"})
    if (!row[narrower].items().empty())
      text += fmt::format("\n      {}: {}", narrower, joined(row[narrower]));
  const json::Value& witness = row["witness"];
  text += fmt::format("\n      such as {} {} from {} at {}\n", word(witness, "method"), word(witness, "url"),
                      witness["from"].is_null() ? "no address" : word(witness, "from"), word(witness, "at"));
  return text;
}

std::string plan_text(const json::Value& document) {
  if (document["same"].boolean().value_or(false)) return "Nobody gains or loses anything.\n";
  std::string text;
  const auto section = [&](std::string_view name, std::string_view title) {
    const auto& rows = document[name].items();
    if (rows.empty()) return;
    text += fmt::format("{}{} ({})\n", text.empty() ? "" : "\n", title, rows.size());
    for (const json::Value& row : rows) text += row_text(row);
  };
  section("loses", "Loses access");
  section("gains", "Gains access");
  section("changed", "Otherwise changed");
  if (!document["loses"].items().empty())
    text +=
        fmt::format("\nTo accept what is lost: reeve reload --accept-lost {}\n", word(document, "digest"));
  return text;
}

Exit show(const std::string& body, bool json) {
  const auto document = json::parse(body);
  if (!document || ((*document)["same"].is_null() && (*document)["findings"].is_null()))
    return fail(Exit::Failed, "unexpected-answer",
                "the gateway's answer is no plan; is --admin its admin address?", json);
  const bool bad = (*document)["same"].is_null();
  if (json) {
    print(body + "\n");
  } else if (bad) {
    print_error(findings_text((*document)["findings"]) + "reeve: correct the errors and plan again\n");
  } else {
    print(plan_text(*document));
  }
  return bad || !(*document)["loses"].items().empty() ? Exit::No : Exit::Yes;
}

Exit unreadable(const std::string& file, const std::string& why, bool json) {
  return fail(Exit::Failed, "file-unreadable", fmt::format("{}: {}; name a file that can be read", file, why),
              json);
}

Exit compare_files(const PlanOptions& options, WallTime at) {
  const config::LoadResult before = load_file(options.against);
  if (!before.unreadable.empty()) return unreadable(options.against, before.unreadable, options.json);
  if (!before.ok())
    return fail(Exit::Failed, "file-invalid",
                fmt::format("{} has errors; `reeve check` shows them", options.against), options.json);
  const config::LoadResult after = load_file(options.next);
  if (!after.unreadable.empty()) return unreadable(options.next, after.unreadable, options.json);
  return show(control::plan_document(*before.snapshot, after, at).json, options.json);
}

Exit ask_gateway(const PlanOptions& options) {
  config::SystemFiles files;
  constexpr std::size_t kLargest = 64 * 1024 * 1024;
  const auto text = files.read(files.absolute(options.next), kLargest);
  if (!text) return unreadable(options.next, text.error(), options.json);
  const auto gateway = find_gateway(options.file, options.admin);
  if (!gateway)
    return fail(Exit::Failed, "gateway-unreachable",
                gateway.error() + "; or compare with another file: --against FILE", options.json);
  HttpCall request{
      .address = gateway->admin, .method = "POST", .path = "/v1/plan", .token = gateway->token, .body = {}};
  json::Writer body(request.body);
  body.begin_object().field("config", std::string_view(*text));
  if (!options.at.empty()) body.field("at", std::string_view(options.at));
  body.end_object();
  const auto answer = call(request);
  if (!answer) return fail(Exit::Failed, "gateway-unreachable", answer.error(), options.json);
  if (answer->status == 200 || answer->status == 422) return show(answer->body, options.json);
  const auto problem = json::parse(answer->body);
  const std::string detail = problem ? word(*problem, "detail") : std::string();
  return fail(Exit::Failed, "unexpected-answer",
              detail.empty() ? fmt::format("the gateway answered {}", answer->status) : detail, options.json);
}

}  // namespace

Exit plan(const PlanOptions& options) {
  std::optional<WallTime> at = WallTime(std::chrono::system_clock::now());
  if (!options.at.empty()) at = config::parse_time(options.at);
  if (!at)
    return fail(Exit::Usage, "wrong-usage",
                "--at is no time; write a date, or RFC 3339 with a zone such as 2026-11-24T10:00:00Z",
                options.json);
  return options.against.empty() ? ask_gateway(options) : compare_files(options, *at);
}

}  // namespace reeve::app
