// SPDX-License-Identifier: Apache-2.0
// What a question must say, and what an id that was made under another configuration still tells.
#include "control/explain_question.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/sealed_id.h"

namespace reeve::control {
namespace {

using ::testing::HasSubstr;

std::optional<Asked> nothing_kept(const explain::ConfigurationMark&) {
  return std::nullopt;
}

TEST(Question, NeedsAPlaceAMethodAndAUrlAndShowsNoValue) {
  const auto good = read_question(
      R"({"from":"203.0.113.9","method":"GET","url":"http://h/","as":"ann","headers":{"A":"b","C":["d","e"]}})");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->headers.size(), 3u);
  for (const char* wrong :
       {"", "[]", "{", "{}", R"({"method":"GET","url":"http://h/"})",
        R"({"from":"1.2.3.4","url":"http://h/"})", R"({"from":"secret","method":"GET","url":"http://h/"})",
        R"({"from":"1.2.3.4","method":1,"url":"http://h/"})",
        R"({"from":"1.2.3.4","method":"GET","url":"http://h/","at":"secret"})",
        R"({"from":"1.2.3.4","method":"GET","url":"http://h/","headers":{"A":1}})",
        R"({"from":"1.2.3.4","method":"GET","url":"http://h/","as":"a","key":"secret"})",
        R"({"from":"1.2.3.4","method":"GET","url":"http://h/","secret":"x"})"}) {
    const auto question = read_question(wrong);
    ASSERT_FALSE(question) << wrong;
    EXPECT_EQ(question.error().find("secret"), std::string::npos) << question.error();
  }
}

TEST(Question, NobodyOfThatNameIsSaidWithTheNearest) {
  policy::Snapshot snapshot;
  policy::Caller ann;
  ann.name = "ann";
  snapshot.callers = {ann};
  snapshot.callers_by_name = {0};
  ExplainQuestion question{.as = "anm", .method = "GET", .url = "http://h/"};
  question.from = IpAddress::parse("203.0.113.9");
  const auto answer = explain_question({snapshot, {}, {}}, question, WallTime{});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error(), HasSubstr("did you mean `ann`"));
}

TEST(Decision, OfAnotherConfigurationTellsItsBitsAndToday) {
  const DecisionKeys keys{.keys = {crypto::IdKey{}}, .made = {WallTime{}}};
  explain::Record record;
  record.configuration = explain::configuration_mark("0011223344556677");
  record.time = WallTime(std::chrono::hours(24 * 20'000));
  record.client = IpAddress::parse("203.0.113.9");
  record.method = http::Method::Get;
  record.status = 403;
  record.code = Code::PermissionMissing;
  record.checks[static_cast<std::size_t>(Check::Permission)] = policy::CheckResult::Fail;
  const std::string host = "h";
  const std::string path = "/posts";
  const std::string route = "posts";
  record.host = host;
  record.path = path;
  record.route = route;
  std::array<std::uint8_t, explain::kRecordMost> bytes;
  const std::size_t size = explain::encode(record, bytes);
  char text[crypto::kIdTextMost];
  crypto::IdSealer sealer(keys.newest(), 1, 0);
  const std::string id(text, sealer.seal({bytes.data(), size}, text));

  policy::Snapshot today;
  today.hash = std::string(64, 'f');
  const auto explained = explain_decision({today, {}, {}}, nothing_kept, keys, id);
  ASSERT_TRUE(explained) << explained.error();
  EXPECT_FALSE(explained->available);
  EXPECT_EQ(explained->judged.code, Code::PermissionMissing);
  EXPECT_EQ(explained->judged.status, 403);
  EXPECT_EQ(explained->judged.route->name, "posts");
  EXPECT_EQ(explained->judged.checks[static_cast<std::size_t>(Check::Permission)].code,
            Code::PermissionMissing);
  ASSERT_TRUE(explained->today);
  EXPECT_EQ(explained->today->code, Code::RouteNotFound);
  EXPECT_FALSE(explain_decision({today, {}, {}}, nothing_kept, keys, id.substr(0, id.size() - 4)));
}

}  // namespace
}  // namespace reeve::control
