// SPDX-License-Identifier: Apache-2.0
// Every failing check becomes a reason that helps, and nobody reads more than contract 4.4 lets them.
#include "explain/reasons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::explain {
namespace {

using policy::CheckResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A refused request to one route: fail() says what refused it.
struct Case {
  Case() {
    snapshot.files = {"reeve.yaml"};
    snapshot.routes.emplace_back();
    snapshot.zones.push_back({.name = "Europe/Berlin", .first_offset = 3600});
    facts.head = &head;
    facts.routed = true;
    facts.route = 0;
    facts.client = IpAddress::parse("198.51.100.7");
    facts.now = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 28)) + std::chrono::hours(18) +
                std::chrono::minutes(40);  // a Saturday
    decision.route = 0;
  }
  policy::Route& route() { return snapshot.routes[0]; }
  Case& fail(Check check, Code code) {
    decision[check] = {.result = CheckResult::Fail, .code = code};
    return *this;
  }
  Case& accept() {
    policy::Caller caller;
    caller.name = "ann";
    snapshot.grants = policy::GrantTable(4);
    caller.grant = snapshot.grants.add();
    snapshot.callers.push_back(caller);
    decision.caller = 0;
    return *this;
  }
  std::vector<Reason> reasons() const {
    return explain::reasons({snapshot, facts, decision, standings, context});
  }
  std::vector<std::string_view> codes() const {
    std::vector<std::string_view> codes;
    for (const Reason& reason : reasons()) codes.push_back(reason.code);
    return codes;
  }

  policy::Snapshot snapshot;
  http::RequestHead head;
  policy::Facts facts;
  policy::Decision decision;
  policy::Standings standings;
  std::string_view context;
};

TEST(Reasons, TellEveryFailingCheckInOrder) {
  Case c;
  c.accept();
  c.snapshot.permissions = {"posts:read", "posts:publish"};
  c.snapshot.grants.grant(0, 0);
  c.route().require = {{0, {}}, {1, {}}};
  c.route().hours.push_back({.days = 0x1f, .from = 8 * 60, .to = 18 * 60});
  c.fail(Check::Permission, Code::PermissionMissing).fail(Check::Hours, Code::OutsideHours);
  const std::vector<Reason> reasons = c.reasons();
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_EQ(reasons[0].code, "outside-hours");
  EXPECT_EQ(reasons[0].detail,
            "It is Saturday 19:40 in Europe/Berlin; the route is open Monday to Friday, 08:00 to 18:00 in "
            "Europe/Berlin.");
  EXPECT_EQ(reasons[0].fix, "Call again from Monday 2026-11-30T07:00:00Z.");
  EXPECT_EQ(reasons[1].check, "permission");
  EXPECT_THAT(reasons[1].missing, ElementsAre("posts:publish"));
  EXPECT_THAT(reasons[1].fix, HasSubstr("permission posts:publish"));
}

TEST(Reasons, AFailedNetworkLeavesOnlyNetworksAndTheRequest) {
  Case c;
  c.accept().fail(Check::Request, Code::UpgradeRefused).fail(Check::RouteNetwork, Code::IpNotAllowed);
  c.fail(Check::Credential, Code::CredentialUnknown).fail(Check::Body, Code::BodyTooLarge);
  c.snapshot.disclosure = policy::Disclosure::Full;
  EXPECT_THAT(c.codes(), ElementsAre("upgrade-refused", "ip-not-allowed"));
}

TEST(Reasons, WithoutAnAcceptedCredentialEndWithIt) {
  Case c;
  c.fail(Check::IpLimit, Code::RateLimited).fail(Check::Credential, Code::CredentialUnknown);
  c.fail(Check::Hours, Code::OutsideHours).fail(Check::Target, Code::Maintenance);
  c.facts.knocking = 0;
  c.snapshot.limits.push_back({.name = "knocking"});
  EXPECT_THAT(c.codes(), ElementsAre("rate-limited", "credential-unknown"));
}

TEST(Reasons, NameNetworksRulesAndPlacesAtFullDisclosureToCallersOnly) {
  Case c;
  c.snapshot.network_lists.push_back({.name = "office"});
  c.route().networks = {.restricted = true, .allow = {{0, {}}}, .allow_at = {0, 48, 24}};
  c.fail(Check::RouteNetwork, Code::IpNotAllowed);
  c.snapshot.disclosure = policy::Disclosure::Full;
  EXPECT_THAT(c.reasons()[0].fix, Not(HasSubstr("office")));
  EXPECT_THAT(c.reasons()[0].at, IsEmpty());
  c.accept();
  EXPECT_THAT(c.reasons()[0].fix, HasSubstr("office"));
  EXPECT_EQ(c.reasons()[0].at, "reeve.yaml:48:24");
  c.snapshot.disclosure = policy::Disclosure::Own;
  EXPECT_THAT(c.reasons()[0].fix, Not(HasSubstr("office")));
  EXPECT_THAT(c.reasons()[0].detail, HasSubstr("198.51.100.7"));
}

TEST(Reasons, OfCredentialsSayTheSlipAndTheDates) {
  Case c;
  c.facts.credential = {.state = policy::CredentialVerdict::State::Refused,
                        .code = Code::CredentialMalformed,
                        .slip = policy::Slip::Case,
                        .slip_at = 12};
  c.fail(Check::Credential, Code::CredentialMalformed);
  EXPECT_EQ(c.reasons()[0].slip, "case");
  EXPECT_EQ(c.reasons()[0].slip_at, 12);

  policy::Key key{};
  policy::KeyDates dates;
  dates.expires = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31));
  c.snapshot.keys.add("7Qd2XkPa", key, dates);
  c.facts.credential = {
      .state = policy::CredentialVerdict::State::Refused, .code = Code::CredentialExpired, .key = 0};
  c.fail(Check::Credential, Code::CredentialExpired);
  EXPECT_EQ(c.reasons()[0].expired_at, dates.expires);
  EXPECT_THAT(c.reasons()[0].detail, HasSubstr("2026-01-31T00:00:00Z"));
}

TEST(Reasons, ThereIsOneForEachExhaustedLimit) {
  Case c;
  c.snapshot.limits = {{.name = "posting",
                        .kind = policy::LimitKind::Rate,
                        .interval = std::chrono::milliseconds(600),
                        .burst = 20},
                       {.name = "bursts", .kind = policy::LimitKind::Rate},
                       {.name = "monthly",
                        .kind = policy::LimitKind::Quota,
                        .amount = 5,
                        .period = policy::QuotaPeriod::Month}};
  c.fail(Check::Rate, Code::RateLimited).fail(Check::Quota, Code::QuotaExhausted);
  c.standings.push_back({.limit = 0,
                         .exhausted = true,
                         .helps_in = std::chrono::milliseconds(1500),
                         .resets_at = c.facts.now + std::chrono::milliseconds(1500)});
  c.standings.push_back({.limit = 1, .left = 3});
  c.standings.push_back({.limit = 2, .exhausted = true, .helps_in = std::chrono::hours(5)});
  const std::vector<Reason> reasons = c.reasons();
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_EQ(reasons[0].limit, "posting");
  EXPECT_EQ(reasons[0].resets_at, c.facts.now + std::chrono::milliseconds(1500));
  EXPECT_EQ(reasons[1].limit, "monthly");
  EXPECT_THAT(reasons[1].detail, HasSubstr("5 requests a month"));
  EXPECT_FALSE(retry_after(c.standings)) << "five hours of waiting are no Retry-After";
  c.standings[2].helps_in = std::chrono::seconds(3);
  EXPECT_EQ(retry_after(c.standings), std::chrono::seconds(3)) << "the longest counts";
}

TEST(Hours, ReadLikeASign) {
  const std::vector<policy::Zone> zones{{.name = "UTC"}, {.name = "Asia/Tokyo"}};
  EXPECT_EQ(describe({{.days = 0x7f}}, zones), "every day in UTC");
  EXPECT_EQ(describe({{.days = 0b1100000, .from = 600, .to = 1440}}, zones),
            "Saturday and Sunday, 10:00 to 24:00 in UTC");
  EXPECT_EQ(describe({{.days = 0b1110001}}, zones), "Friday to Monday in UTC");
  EXPECT_EQ(describe({{.days = 0b0000101}, {.days = 0b0000010, .from = 60, .to = 30, .zone = 1}}, zones),
            "Monday, Wednesday in UTC; Tuesday, 01:00 to 00:30 in Asia/Tokyo");
}

}  // namespace
}  // namespace reeve::explain
