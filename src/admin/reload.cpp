// SPDX-License-Identifier: Apache-2.0
#include "admin/reload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/render_findings.h"
#include "json/reader.h"
#include "json/writer.h"

namespace reeve::admin {

namespace {

/// The body is optional; its only member is `accept_lost`, the digest of losses that are accepted.
std::string_view flaw_of(const std::string& body, std::string& accept_lost) {
  if (body.find_first_not_of(" \t\r\n") == std::string::npos) return {};
  const auto document = json::parse(body);
  if (!document) return "The body is not JSON.";
  if (body.find_first_not_of(" \t\r\n") != body.find('{')) return "The body is no JSON object.";
  for (const auto& [name, value] : document->members()) {
    if (name != "accept_lost") return "The body has a member that this resource does not know.";
    if (!value.string() && !value.is_null()) return "accept_lost is not a string.";
    accept_lost = value.string().value_or("");
  }
  return {};
}

/// What kept the change away. Codes of the admin API's own.
struct Kept {
  std::string_view code;
  std::uint16_t status;
  std::string_view title, detail, fix;
};
constexpr Kept kUnreadable{"configuration-unreadable", 503, "The configuration could not be loaded",
                           "The running configuration stays.",
                           "Make the file readable again, or restart the gateway with another file."};
constexpr Kept kLost{"access-lost", 409, "Somebody would lose access",
                     "The running configuration stays; loses tells who would lose what, and why.",
                     "Change the file so that nobody does, or send the digest as accept_lost."};
constexpr Kept kRefused{
    "configuration-refused", 422, "The configuration was not loaded",
    "The running configuration stays; findings tells what is wrong with the file.",
    "Correct the findings of severity error and reload again; 'reeve check' shows them too."};

explain::Document refused(const control::ReloadResult& result) {
  const Kept& kept = !result.obstacle.empty() ? kUnreadable : result.gated ? kLost : kRefused;
  explain::Document document;
  document.code = kept.code;
  document.status = kept.status;
  document.title = kept.title;
  document.context = result.obstacle;
  document.detail = kept.detail;
  document.fix = kept.fix;
  return document;
}

std::string digest_json(const control::ReloadResult& result) {
  return result.digest.empty() ? "null" : "\"" + result.digest + "\"";
}

void write_findings_member(const control::ReloadResult& result, std::string& out) {
  json::Writer json(out);
  config::write_findings(json, result.findings, result.files);
}

}  // namespace

std::string reload_json(const control::ReloadResult& result) {
  std::string text;
  json::Writer json(text);
  json.begin_object().field("ok", result.ok).field("changed", result.changed);
  json.field("configuration", std::string_view(result.configuration)).key("findings");
  config::write_findings(json, result.findings, result.files);
  json.key("loses").raw(result.loses).key("digest").raw(digest_json(result)).end_object();
  return text;
}

rt::Task<Answer> reload(Call& call) {
  std::string accept_lost;
  if (const std::string_view flaw = flaw_of(call.body, accept_lost); !flaw.empty())
    co_return problem({.code = Code::RequestMalformed,
                       .detail = flaw,
                       .fix = "Send no body, or {\"accept_lost\": \"<digest>\"}."});
  const control::ReloadResult result = co_await call.control.reload(std::move(accept_lost));
  if (result.ok) co_return Answer{.body = reload_json(result)};
  // The members of a success too, so that a client reads one shape.
  std::string findings;
  write_findings_member(result, findings);
  const std::string configuration = "\"" + result.configuration + "\"";
  const std::string digest = digest_json(result);
  const std::array<explain::Member, 6> members{{{"ok", "false"},
                                                {"changed", "false"},
                                                {"configuration", configuration},
                                                {"findings", findings},
                                                {"loses", result.loses},
                                                {"digest", digest}}};
  explain::Document document = refused(result);
  document.members = members;
  co_return problem(document);
}

}  // namespace reeve::admin
