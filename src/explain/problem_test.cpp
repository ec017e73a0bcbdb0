// SPDX-License-Identifier: Apache-2.0
// Every code has a document that a developer can act on, and nothing that is shown can break out of it.
#include "explain/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "explain/texts.h"
#include "json/reader.h"

namespace reeve::explain {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<Code> all_codes() {
  std::vector<Code> codes;
  for (std::size_t i = 0; i < kCodeCount; ++i) codes.push_back(static_cast<Code>(i));
  return codes;
}

std::string json_of(const Problem& problem) {
  std::string out;
  write_problem_json(problem, out);
  return out;
}

std::string text_of(const Problem& problem) {
  std::string out;
  write_problem_text(problem, out);
  return out;
}

TEST(Texts, AreWholeForEveryCode) {
  std::set<std::string_view> titles;
  for (Code code : all_codes()) {
    SCOPED_TRACE(facts(code).name);
    const Texts& t = texts(code);
    EXPECT_FALSE(t.title.empty());
    EXPECT_FALSE(t.title.ends_with('.'));
    EXPECT_TRUE(t.detail.ends_with('.'));
    EXPECT_TRUE(t.fix.ends_with('.'));
    EXPECT_GT(t.detail.size(), 30u);
    EXPECT_GT(t.fix.size(), 20u);
    EXPECT_TRUE(titles.insert(t.title).second) << "two codes share a title";
    for (std::string_view text : {t.title, t.detail, t.fix}) {
      EXPECT_TRUE(text.front() >= 'A' && text.front() <= 'Z');
      EXPECT_EQ(text.find("  "), std::string_view::npos);
      for (char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
    }
  }
}

// Reeve's own trouble must not read as if the caller had done wrong.
TEST(Texts, OfGatewayTroubleDoNotBlameTheCaller) {
  for (Code code : all_codes()) {
    if (facts(code).status < 500 || code == Code::MethodNotImplemented || code == Code::VersionNotSupported)
      continue;
    SCOPED_TRACE(facts(code).name);
    EXPECT_THAT(std::string(texts(code).fix), Not(HasSubstr("Correct")));
  }
}

TEST(Problem, IsTheDocumentOfTheContractForEveryCode) {
  for (Code code : all_codes()) {
    SCOPED_TRACE(facts(code).name);
    const auto parsed = json::parse(json_of({.code = code}));
    ASSERT_TRUE(parsed);
    const json::Value& doc = *parsed;
    EXPECT_EQ(doc["type"].string(), std::string(kTypePrefix) + std::string(facts(code).name));
    EXPECT_EQ(doc["title"].string(), texts(code).title);
    EXPECT_EQ(doc["status"].integer(), facts(code).status);
    EXPECT_EQ(doc["detail"].string(), texts(code).detail);
    EXPECT_EQ(doc["code"].string(), facts(code).name);
    EXPECT_TRUE(doc["instance"].is_null());
    ASSERT_EQ(doc["reasons"].items().size(), 1u);
    const json::Value& reason = doc["reasons"].items()[0];
    EXPECT_EQ(reason["code"].string(), facts(code).name);
    EXPECT_EQ(reason["check"].string(), name(facts(code).check));
    EXPECT_EQ(reason["detail"].string(), texts(code).detail);
    EXPECT_EQ(reason["fix"].string(), texts(code).fix);
  }
}

TEST(Problem, MembersComeInTheContractsOrder) {
  const std::string json = json_of({.code = Code::RouteNotFound});
  std::size_t last = 0;
  for (std::string_view member :
       {"\"type\"", "\"title\"", "\"status\"", "\"detail\"", "\"code\"", "\"reasons\""}) {
    const std::size_t at = json.find(member, last);
    ASSERT_NE(at, std::string::npos) << member;
    last = at;
  }
}

TEST(Problem, ContextIsJoinedToTheDetail) {
  const auto doc =
      json::parse(json_of({.code = Code::UpstreamUnreachable, .context = "the connection was refused"}));
  ASSERT_TRUE(doc);
  EXPECT_THAT(std::string(*(*doc)["detail"].string()), ::testing::EndsWith(": the connection was refused."));
}

TEST(Problem, GivenDetailAndFixReplaceTheTable) {
  const auto doc =
      json::parse(json_of({.code = Code::BodyTooLarge, .detail = "More than 10 bytes.", .fix = "Send 10."}));
  ASSERT_TRUE(doc);
  EXPECT_EQ((*doc)["detail"].string(), "More than 10 bytes.");
  EXPECT_EQ((*doc)["reasons"].items()[0]["fix"].string(), "Send 10.");
}

TEST(Problem, FurtherMembersStandBehindTheReasons) {
  const Member allow[] = {{"allow", R"(["GET","HEAD"])"}};
  const auto doc = json::parse(json_of({.code = Code::MethodNotAllowed, .members = allow}));
  ASSERT_TRUE(doc);
  ASSERT_EQ((*doc)["allow"].items().size(), 2u);
  EXPECT_EQ((*doc)["allow"].items()[1].string(), "HEAD");
}

TEST(Problem, WhatTheRequestSaidIsEscaped) {
  const std::string hostile = "a\"},{\"x\":1\r\n\x1b[31m\xff</script>";
  const std::string json = json_of({.code = Code::RequestMalformed, .detail = hostile});
  EXPECT_TRUE(json::parse(json));
  for (char c : json) EXPECT_GE(static_cast<unsigned char>(c), 0x20u);
  const std::string text = text_of({.code = Code::RequestMalformed, .detail = hostile});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST(Problem, TextSaysTheSame) {
  for (Code code : all_codes()) {
    const std::string text = text_of({.code = code});
    EXPECT_THAT(text, HasSubstr(std::string(texts(code).title)));
    EXPECT_THAT(text, HasSubstr(std::string(texts(code).detail)));
    EXPECT_THAT(text, HasSubstr("What to do: " + std::string(texts(code).fix)));
    EXPECT_THAT(text, HasSubstr("code " + std::string(facts(code).name)));
    EXPECT_TRUE(text.ends_with('\n'));
  }
}

TEST(Problem, ACodeOfTheAdminApiNeedsNoCheck) {
  Document document;
  document.code = "configuration-invalid";
  document.status = 422;
  document.title = "The configuration is invalid";
  document.detail = "There is 1 error.";
  document.fix = "Correct it.";
  std::string out;
  write_problem_json(document, out);
  const auto doc = json::parse(out);
  ASSERT_TRUE(doc);
  EXPECT_EQ((*doc)["status"].integer(), 422);
  EXPECT_TRUE((*doc)["reasons"].items()[0]["check"].is_null());
}

}  // namespace
}  // namespace reeve::explain
