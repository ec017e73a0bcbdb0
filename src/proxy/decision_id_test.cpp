// SPDX-License-Identifier: Apache-2.0
// Reeve-Decision says, to those who have the key, what was decided; refusals are told apart by nothing
// outside.
#include "proxy/decision_id.h"

#include <gtest/gtest.h>

#include <string>

namespace reeve::proxy {
namespace {

struct DecisionIdTest : ::testing::Test {
  std::string seal(const explain::Record& record) {
    DecisionIdBuffer out;
    return std::string(seal_decision(sealer, record, out));
  }
  crypto::IdKey key;
  crypto::IdSealer sealer{key, 1, 0};
};

TEST_F(DecisionIdTest, HoldsTheRecord) {
  explain::Record record;
  record.status = 201;
  record.route = std::string_view("publish-post");
  record.path = std::string_view("/posts");
  const std::string id = seal(record);
  const auto opened = crypto::open_id(id, {&key, 1});
  ASSERT_TRUE(opened);
  EXPECT_EQ(explain::decode(opened->plain()), record);
}

TEST_F(DecisionIdTest, FitsIntoAHeaderValue) {
  const std::string path(16'384, 'p');
  explain::Record record;
  for (int i = 0; i < 2; ++i) {
    const std::string id = seal(record);
    EXPECT_TRUE(id.starts_with("d_"));
    EXPECT_LE(id.size(), 256u);
    EXPECT_EQ(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
    record.path = path;
  }
}

TEST_F(DecisionIdTest, RefusalsLookAlike) {
  explain::Record no_route;
  no_route.code = Code::RouteNotFound;
  explain::Record hidden = no_route;
  hidden.route = std::string_view("a-route-that-nobody-shall-know-of");
  hidden.caller = std::string_view("ci-bot");
  hidden.key = std::string_view("7Qd2XkPa");
  EXPECT_EQ(seal(no_route).size(), seal(hidden).size());
  EXPECT_NE(seal(no_route), seal(no_route));
}

}  // namespace
}  // namespace reeve::proxy
