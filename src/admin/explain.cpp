// SPDX-License-Identifier: Apache-2.0
#include "admin/explain.h"

#include "json/writer.h"

namespace reeve::admin {

namespace {

constexpr std::string_view kDecisions = "/v1/decisions/";

Answer answer(const std::expected<explain::Explanation, std::string>& explained, Code otherwise,
              std::string_view fix) {
  if (!explained) return problem({.code = otherwise, .detail = explained.error(), .fix = fix});
  Answer answer;
  json::Writer json(answer.body);
  explain::write_json(*explained, json);
  return answer;
}

}  // namespace

rt::Task<Answer> explain_question(Call& call) {
  constexpr std::string_view kFix =
      R"(Send {"from": "203.0.113.9", "method": "GET", "url": "http://host/path"}, with "as" or "key" for a caller.)";
  const auto question = control::read_question(call.body);
  if (!question) co_return problem({.code = Code::RequestMalformed, .detail = question.error(), .fix = kFix});
  co_return answer(call.explainer.question(*question), Code::RequestMalformed, kFix);
}

rt::Task<Answer> explain_decision(Call& call) {
  const std::string_view id = call.head.path.substr(kDecisions.size());
  co_return answer(
      call.explainer.decision(id), Code::RouteNotFound,
      "Copy the whole id from the Reeve-Decision field of the answer, or ask the gateway that made it.");
}

}  // namespace reeve::admin
