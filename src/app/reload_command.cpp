// SPDX-License-Identifier: Apache-2.0
// `reeve reload`: asks the running gateway to load its file again and shows what came of it. Under --json
// what the admin API answered, its problem document's members included.
#include <fmt/format.h>

#include <algorithm>

#include "app/find_gateway.h"
#include "app/http_call.h"
#include "app/output.h"
#include "config/finding.h"
#include "json/reader.h"
#include "json/writer.h"

namespace reeve::app {

namespace {

/// The six members of rules 1, whatever else the answer has.
std::string reload_document(const json::Value& answer) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  for (const std::string_view name : {"ok", "changed", "configuration", "findings", "loses", "digest"})
    json::write(answer[name], out.key(name));
  out.end_object();
  text.push_back('\n');
  return text;
}

std::string losses_text(const json::Value& answer) {
  constexpr std::size_t kShown = 20;
  const auto& rows = answer["loses"].items();
  std::string text;
  for (std::size_t i = 0; i < std::min(rows.size(), kShown); ++i) {
    const auto word = [&](std::string_view name) { return printable(rows[i][name].string().value_or("")); };
    text += fmt::format("{} would lose {} {}: {}  [{}]\n", word("caller"), word("method"), word("route"),
                        word("becomes"), word("because"));
  }
  if (rows.size() > kShown)
    text += fmt::format("and {} more; `reeve plan` shows all\n", rows.size() - kShown);
  return text + fmt::format(
                    "reeve: the running configuration stays. To accept this: reeve reload --accept-lost {}\n",
                    printable(answer["digest"].string().value_or("")));
}

Exit show(const HttpAnswer& answer, bool json) {
  const auto document = json::parse(answer.body);
  const bool whole = document && document->operator[]("ok").boolean().has_value();
  const bool judged = answer.status == 200 || answer.status == 422 || answer.status == 409;
  if (!whole || !judged) {
    const std::string detail =
        document ? std::string((*document)["detail"].string().value_or("")) : std::string();
    const std::string code =
        document ? std::string((*document)["code"].string().value_or("")) : std::string();
    return fail(Exit::Failed, code.empty() ? "unexpected-answer" : code,
                detail.empty()
                    ? fmt::format("the gateway answered {}; is --admin its admin address?", answer.status)
                    : detail,
                json);
  }
  const bool ok = (*document)["ok"].boolean().value_or(false);
  if (json) {
    print(reload_document(*document));
    return ok ? Exit::Yes : Exit::No;
  }
  const std::string findings = findings_text((*document)["findings"]);
  if (answer.status == 409) {
    print_error(findings + losses_text(*document));
    return Exit::No;
  }
  if (!ok) {
    print_error(findings + "reeve: the running configuration stays; correct the errors and reload again\n");
    return Exit::No;
  }
  const std::string hash = printable((*document)["configuration"].string().value_or("")).substr(0, 12);
  print(findings + ((*document)["changed"].boolean().value_or(false)
                        ? fmt::format("Configuration {} is served.\n", hash)
                        : "Nothing has changed.\n"));
  return Exit::Yes;
}

}  // namespace

Exit reload(const ReloadOptions& options) {
  const auto gateway = find_gateway(options.file, options.admin);
  if (!gateway) return fail(Exit::Failed, "gateway-unreachable", gateway.error(), options.json);
  HttpCall request{
      .address = gateway->admin, .method = "POST", .path = "/v1/reload", .token = gateway->token, .body = {}};
  if (!options.accept_lost.empty())
    json::Writer(request.body)
        .begin_object()
        .field("accept_lost", std::string_view(options.accept_lost))
        .end_object();
  const auto answer = call(request);
  if (!answer)
    return fail(Exit::Failed, "gateway-unreachable",
                answer.error() + "; check that the gateway runs and --admin is its admin address",
                options.json);
  return show(*answer, options.json);
}

}  // namespace reeve::app
