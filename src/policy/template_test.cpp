// SPDX-License-Identifier: Apache-2.0
#include "policy/template.h"

#include <gtest/gtest.h>

#include "policy/snapshot.h"

namespace reeve::policy {
namespace {

class Values : public ValueSource {
 public:
  std::string_view get(RequestValue value, std::uint16_t parameter) const override {
    if (value == RequestValue::PathParameter) return parameter == 0 ? "first" : "second";
    return value == RequestValue::RequestHost ? "h.example" : "";
  }
};

TEST(Template, PutsValuesBetweenLiterals) {
  Template t;
  t.pieces.push_back({"https://", true, RequestValue::RequestHost, 0});
  t.pieces.push_back({"/", true, RequestValue::PathParameter, 1});
  t.pieces.push_back({"/end", false});
  EXPECT_FALSE(t.constant());
  std::string out = ">";
  render(t, Values{}, out);
  EXPECT_EQ(out, ">https://h.example/second/end");
}

TEST(Template, WithoutValuesIsConstant) {
  Template t;
  EXPECT_TRUE(t.constant());
  t.pieces.push_back({"plain", false});
  EXPECT_TRUE(t.constant());
}

TEST(ClientIp, TrustsListedPeersOnly) {
  ClientIp c;
  c.trusted_proxies.push_back(*IpNetwork::parse("10.0.0.0/8").network);
  EXPECT_TRUE(c.trusts(IpAddress::parse("10.1.2.3")));
  EXPECT_FALSE(c.trusts(IpAddress::parse("11.1.2.3")));
  EXPECT_FALSE(c.trusts(std::nullopt));
  c.trust_unix = true;
  EXPECT_TRUE(c.trusts(std::nullopt));
}

}  // namespace
}  // namespace reeve::policy
