// SPDX-License-Identifier: Apache-2.0
// The answer to a request that Reeve does not serve: RFC 9457, or plain text for whoever accepts no JSON,
// with the fields that help the client go on (Allow, Retry-After).
#include <array>

#include "explain/problem.h"
#include "explain/reasons.h"
#include "http/accept.h"
#include "identity/challenge.h"
#include "json/writer.h"
#include "proxy/answer_head.h"
#include "proxy/steps.h"

namespace reeve::proxy {

namespace {

std::uint64_t whole_seconds(Duration span) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(span).count();
  return seconds < 1 ? 1 : static_cast<std::uint64_t>(seconds);
}

void write_hints(const Request& r, Code code, http::HeadWriter& out) {
  if (facts(code).status == 401) {
    identity::Challenges challenges;
    identity::add_challenges(r.route->acceptance, r.facts.credential, challenges);
    for (const std::string_view challenge : challenges) out.field("WWW-Authenticate", challenge);
  }
  if (code == Code::MethodNotAllowed) out.field("Allow", r.snapshot.route_table.allow(r.match.resource));
  if (code == Code::Maintenance && r.route->maintenance->retry_after)
    out.field("Retry-After", whole_seconds(*r.route->maintenance->retry_after));
  if (code == Code::Draining || code == Code::Overloaded) out.field("Retry-After", 1);
  if (facts(code).status == 429)
    if (const auto wait = explain::retry_after(r.standings)) out.field("Retry-After", whole_seconds(*wait));
  // Errors of the moment, not of the resource: no cache may give them to others.
  out.field("Cache-Control", "no-store");
}

constexpr const char* kInstance = "urn:reeve:decision:";

/// The document for an error: of a failed check with every reason that this client may see.
struct Refusal {
  Refusal(Request& r, const Error& error)
      : document(explain::document({.code = error.code, .context = error.context})) {
    instance_.append(sealed(r, facts(error.code).status));
    document.instance = instance_;
    const bool silent = r.snapshot.disclosure == policy::Disclosure::None;
    if (silent) document.reasons = std::span<const explain::Reason>();
    if (r.concealed || !r.decision.refused_by()) return;
    reasons_ = explain::reasons({r.snapshot, r.facts, r.decision, r.standings, error.context});
    if (!silent) document.reasons = reasons_;
    for (const explain::Reason& reason : reasons_) {
      if (reason.code != document.code) continue;
      add_counter(reason);
      if (silent) break;
      document.detail = reason.detail;
      document.context = {};
      document.fix = reason.fix;
      break;
    }
  }
  Refusal(const Refusal&) = delete;
  Refusal& operator=(const Refusal&) = delete;

  explain::Document document;

 private:
  /// A 429 says at the top which limit it was and when it admits requests again.
  void add_counter(const explain::Reason& reason) {
    if (reason.limit.empty() || !reason.resets_at) return;
    json::Writer(limit_).string(reason.limit);
    json::Writer(resets_at_).string(to_rfc3339_seconds(*reason.resets_at));
    members_ = {{{"limit", limit_}, {"resets_at", resets_at_}}};
    document.members = members_;
  }

  std::string instance_ = kInstance;
  std::vector<explain::Reason> reasons_;
  std::string limit_;
  std::string resets_at_;
  std::array<explain::Member, 2> members_;
};

}  // namespace

void answer_refusal(Request& r, const Error& cause) {
  if (cause.code == Code::ClientClosed) {
    r.exchange.close = true;
    r.status = facts(Code::ClientClosed).status;
    return;
  }
  r.code = cause.code;
  // A body that grows too large is refused after the decision; a hidden route keeps to itself all the same.
  if (cause.code == Code::BodyTooLarge && r.route != nullptr && r.route->hidden) r.concealed = true;
  if (r.concealed) r.cors = nullptr;
  const Error error = r.concealed ? Error{Code::RouteNotFound, cause.fault, cause.sent, {}} : cause;
  const Refusal refusal(r, error);
  const bool json = http::accepts_json(r.head());
  std::string body;
  if (json) {
    explain::write_problem_json(refusal.document, body);
  } else {
    explain::write_problem_text(refusal.document, body);
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
