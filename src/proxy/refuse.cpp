// SPDX-License-Identifier: Apache-2.0
// The answer to a request that Reeve does not serve: RFC 9457, or plain text for whoever accepts no JSON,
// with the fields that help the client go on (Allow, Retry-After).
#include <array>

#include "explain/problem.h"
#include "http/accept.h"
#include "proxy/answer_head.h"
#include "proxy/steps.h"

namespace reeve::proxy {

namespace {

std::uint64_t whole_seconds(Duration span) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(span).count();
  return seconds < 1 ? 1 : static_cast<std::uint64_t>(seconds);
}

void write_hints(const Request& r, Code code, http::HeadWriter& out) {
  if (code == Code::MethodNotAllowed) out.field("Allow", r.snapshot.route_table.allow(r.match.resource));
  if (code == Code::Maintenance && r.route->maintenance->retry_after)
    out.field("Retry-After", whole_seconds(*r.route->maintenance->retry_after));
  if (code == Code::Draining || code == Code::Overloaded) out.field("Retry-After", 1);
  // Errors of the moment, not of the resource: no cache may give them to others.
  out.field("Cache-Control", "no-store");
}

}  // namespace

void answer_refusal(Request& r, const Error& error) {
  if (error.code == Code::ClientClosed) {
    r.exchange.close = true;
    r.status = facts(Code::ClientClosed).status;
    return;
  }
  const explain::Problem problem{.code = error.code, .context = error.context};
  const bool json = http::accepts_json(r.head());
  std::string body;
  if (json) {
    explain::write_problem_json(problem, body);
  } else {
    explain::write_problem_text(problem, body);
  }
  // After a refusal for its framing, nothing behind a request can be trusted to be one.
  if (facts(error.code).check == Check::Request && error.code != Code::UpgradeRefused &&
      error.code != Code::LoopDetected && error.code != Code::MethodNotImplemented)
    r.exchange.close = true;

  rt::Buffer answer = rt::Buffer::with_room(kAnswerHeadRoom + body.size());
  http::HeadWriter out(answer.tail(), answer.tail_room());
  begin_answer(r, facts(error.code).status, out);
  write_hints(r, error.code, out);
  write_cors(r, out);
  end_answer(json ? explain::kJsonType : explain::kTextType, body.size(), out);
  answer.grew(out.size());
  if (r.head().method != http::Method::Head) {
    answer.append(body);
    r.bytes_out = body.size();
  }
  r.answer = std::move(answer);
  r.head_sent = true;
}

}  // namespace reeve::proxy
