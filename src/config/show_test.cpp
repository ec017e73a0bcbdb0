// SPDX-License-Identifier: Apache-2.0
// What operators are shown of a configuration, and what they are not.
#include "config/show.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/reader.h"

namespace reeve::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string shown(std::vector<SourceText> files) {
  std::string text;
  json::Writer json(text);
  show(files, json);
  return text;
}

TEST(Show, ShowsValuesAsTheyWereWritten) {
  const auto all = json::parse(shown({{"/w/reeve.yaml",
                                       "threads: 2\nlog: info\nenabled: true\nquoted: \"2\"\nzeros: 007\n"
                                       "upstreams: { a: { targets: [ \"http://${HOST}:80\" ] } }\nnothing:\n",
                                       {}}}));
  ASSERT_TRUE(all);
  EXPECT_EQ((*all)["threads"].integer(), 2);
  EXPECT_EQ((*all)["log"].string(), "info");
  EXPECT_EQ((*all)["enabled"].boolean(), true);
  EXPECT_EQ((*all)["quoted"].string(), "2");
  EXPECT_EQ((*all)["zeros"].string(), "007");
  EXPECT_EQ((*all)["upstreams"]["a"]["targets"].items()[0].string(), "http://${HOST}:80");
  EXPECT_TRUE((*all)["nothing"].is_null());
}

TEST(Show, MergesWhatIsIncluded) {
  const auto all =
      json::parse(shown({{"/w/reeve.yaml", "include: [ more/*.yaml ]\nroutes: [ { name: a } ]\n", {}},
                         {"/w/more/b.yaml", "routes: [ { name: b } ]\n", {}}}));
  ASSERT_TRUE(all);
  EXPECT_EQ((*all)["routes"].items().size(), 2u);
  EXPECT_TRUE((*all)["include"].is_null());
}

TEST(Show, LeavesProofsAndCredentialsOut) {
  const std::string all =
      shown({{"/w/reeve.yaml",
              "callers: [ { name: a, password: \"argon2id$s3cr3t\", keys: [ { id: k1, hash: "
              "\"sha256:s3cr3t\" }, { id: k2, foreign: \"sha256:s3cr3t\" } ] } ]\n"
              "routes: [ { headers: { request: { set: { Authorization: Bearer s3cr3t, "
              "X-Upstream-Key: s3cr3t, X-Team: red }, add: { Cookie: s3cr3t } } },\n"
              "  respond: { headers: { X-Auth: s3cr3t }, body: \"${A:-s3cr3t} and ${B:-s3cr3t}"
              " and ${C}\" } } ]\n",
              {}}});
  EXPECT_THAT(all, Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(all, Not(HasSubstr("hash")));
  EXPECT_THAT(all, HasSubstr("k2"));
  EXPECT_THAT(all, HasSubstr(R"("X-Team":"red")"));
  EXPECT_THAT(all, HasSubstr("${A:-…} and ${B:-…} and ${C}"));
}

TEST(Show, WhatIsNoConfigurationIsNull) {
  EXPECT_EQ(shown({}), "null");
  EXPECT_EQ(shown({{"/w/reeve.yaml", "a: [", {}}}), "null");
}

}  // namespace
}  // namespace reeve::config
