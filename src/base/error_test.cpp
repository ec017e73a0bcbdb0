// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace reeve {
namespace {

TEST(Codes, EveryCodeHasItsOwnNameAndAnErrorStatus) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    const Code code = static_cast<Code>(i);
    const CodeFacts& f = facts(code);
    EXPECT_TRUE(names.insert(f.name).second) << f.name << " occurs twice";
    EXPECT_GE(f.status, 400) << f.name;
    EXPECT_LT(f.status, 600) << f.name;
    EXPECT_EQ(code_named(f.name), code);
  }
  EXPECT_EQ(code_named("no-such-code"), std::nullopt);
}

TEST(Codes, StatusesAreThoseOfTheContract) {
  EXPECT_EQ(facts(Code::RequestMalformed).status, 400);
  EXPECT_EQ(facts(Code::LoopDetected).status, 508);
  EXPECT_EQ(facts(Code::UpgradeRefused).status, 403);
  EXPECT_EQ(facts(Code::MisdirectedRequest).status, 421);
  EXPECT_EQ(facts(Code::UpstreamTimeout).status, 504);
  EXPECT_EQ(facts(Code::NoHealthyTarget).status, 503);
}

TEST(Codes, GatewayTroubleIsNeverShownAsARefusalOfTheCaller) {
  for (Code code : {Code::DependencyUnavailable, Code::Overloaded, Code::Maintenance, Code::Draining,
                    Code::InternalError})
    EXPECT_GE(facts(code).status, 500);
}

Result<int> half(int n) {
  if (n % 2 != 0) return std::unexpected(Error{Code::InternalError, Fault::Gateway});
  return n / 2;
}
Result<int> quarter(int n) {
  RV_TRY(h, half(n));
  RV_TRY(q, half(h));
  return q;
}

TEST(Result, TryNamesTheValueOrReturnsTheError) {
  EXPECT_EQ(quarter(8), 2);
  EXPECT_EQ(quarter(6).error().code, Code::InternalError);
}

}  // namespace
}  // namespace reeve
