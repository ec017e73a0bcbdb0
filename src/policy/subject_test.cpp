// SPDX-License-Identifier: Apache-2.0
// For whom counters count: fall-backs, typing, addresses, headers.
#include "policy/subject.h"

#include <gtest/gtest.h>

#include <string>

namespace reeve::policy {
namespace {

class Subject : public testing::Test {
 protected:
  Subject() {
    snapshot.organisations.push_back({.name = "same", .at = {}});
    snapshot.teams.resize(2);
    snapshot.teams[0].name = "same";
    snapshot.teams[0].organisation = 0;
    snapshot.teams[1].name = "loose";
    snapshot.callers.resize(3);
    snapshot.callers[0].name = "same";
    snapshot.callers[0].team = 0;
    snapshot.callers[1].name = "bob";
    snapshot.callers[1].team = 1;
    snapshot.callers[2].name = "solo";
    snapshot.keys.add("same", Key{.hash = {}, .caller = 0}, std::nullopt);
    snapshot.routes.resize(2);
    snapshot.routes[0].name = "same";
    snapshot.routes[1].name = "other";
    facts.route = 0;
    facts.client = IpAddress::parse("192.0.2.77");
  }
  std::string of(std::vector<Limit::Per> per, std::uint32_t caller = kNone, std::uint32_t key = kNone) {
    Limit limit;
    limit.per = std::move(per);
    std::string out(kSubjectMax, '\0');
    out.resize(write_subject(limit, snapshot, facts, caller, key, out.data()));
    return out;
  }
  std::string of(SubjectPart part, std::uint32_t caller = kNone, std::uint32_t key = kNone) {
    return of({{part, ""}}, caller, key);
  }
  std::string ip() { return of(SubjectPart::Ip); }
  void from(const char* address) { facts.client = IpAddress::parse(address); }
  void head_of(std::string fields) {
    text = "GET / HTTP/1.1\r\nHost: a\r\n" + std::move(fields) + "\r\n";
    head.data = text.data();
    head.fields.clear();
    for (std::size_t begin = text.find('\n') + 1; begin + 2 < text.size();) {
      const std::size_t colon = text.find(':', begin);
      const std::size_t end = text.find("\r\n", begin);
      const std::size_t value = std::min(colon + 2, end);
      head.fields.push_back({.begin = static_cast<std::uint32_t>(begin),
                             .end = static_cast<std::uint32_t>(end + 2),
                             .name_length = static_cast<std::uint32_t>(colon - begin),
                             .value_begin = static_cast<std::uint32_t>(value),
                             .value_length = static_cast<std::uint32_t>(end - value),
                             .id = http::FieldId::Other,
                             .underscore = false,
                             .hop_by_hop = false});
      begin = end + 2;
    }
    facts.head = &head;
  }
  Snapshot snapshot;
  Facts facts;
  std::string text;
  http::RequestHead head;
};

TEST_F(Subject, EqualNamesOfDifferentKindsShareNothing) {
  const std::vector<std::string> all{of(SubjectPart::Caller, 0), of(SubjectPart::Key, 0, 0),
                                     of(SubjectPart::Team, 0), of(SubjectPart::Organisation, 0),
                                     of(SubjectPart::Route, 0)};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(all[i], all[j]) << i << j;
}

TEST_F(Subject, FallsBackToWhatThereIs) {
  EXPECT_EQ(of(SubjectPart::Caller), ip());
  EXPECT_EQ(of(SubjectPart::Key), ip());
  EXPECT_EQ(of(SubjectPart::Team), ip());
  EXPECT_EQ(of(SubjectPart::Organisation), ip());
  EXPECT_EQ(of(SubjectPart::Key, 0), of(SubjectPart::Caller, 0));
  EXPECT_EQ(of(SubjectPart::Team, 2), of(SubjectPart::Caller, 2));
  EXPECT_EQ(of(SubjectPart::Organisation, 1), of(SubjectPart::Team, 1));
  EXPECT_EQ(of(SubjectPart::Organisation, 2), of(SubjectPart::Caller, 2));
}

TEST_F(Subject, Ipv6CountsBy64) {
  from("2001:db8:1:2::1");
  const std::string one = ip();
  from("2001:db8:1:2:ffff::");
  EXPECT_EQ(ip(), one);
  from("2001:db8:1:3::1");
  EXPECT_NE(ip(), one);
  from("192.0.2.77");
  const std::string v4 = ip();
  from("::ffff:192.0.2.77");
  EXPECT_EQ(ip(), v4) << "mapped";
  from("192.0.2.78");
  EXPECT_NE(ip(), v4);
  facts.client.reset();
  EXPECT_NE(ip(), v4);
  EXPECT_FALSE(ip().empty());
}

TEST_F(Subject, AListIsOneSubjectForEachCombination) {
  const std::vector<Limit::Per> per{{SubjectPart::Caller, ""}, {SubjectPart::Route, ""}};
  const std::string here = of(per, 0);
  EXPECT_NE(of(per, 1), here);
  facts.route = 1;
  EXPECT_NE(of(per, 0), here);
}

TEST_F(Subject, AHeaderCountsByItsValueAndWithoutOneByAddress) {
  const std::vector<Limit::Per> per{{SubjectPart::Header, "x-tenant"}};
  EXPECT_EQ(of(per, 0), ip()) << "no head at hand";
  head_of("X-Other: a\r\n");
  EXPECT_EQ(of(per, 0), ip());
  head_of("X-Tenant: \r\n");
  EXPECT_EQ(of(per, 0), ip()) << "empty";
  head_of("X-TENANT: a\r\n");
  const std::string a = of(per, 0);
  EXPECT_NE(a, ip());
  head_of("X-Tenant: b\r\n");
  EXPECT_NE(of(per, 0), a);
  head_of("X-Tenant: a\r\nX-Tenant: b\r\n");
  const std::string lines = of(per, 0);
  head_of("X-Tenant: a, b\r\n");
  EXPECT_EQ(of(per, 0), lines);
}

TEST_F(Subject, ALongValueIsCutAndCutsNothingElse) {
  const std::vector<Limit::Per> per{{SubjectPart::Header, "x"}, {SubjectPart::Caller, ""}};
  head_of("X: " + std::string(5000, 'a') + "1\r\n");
  const std::string one = of(per, 0);
  EXPECT_EQ(one.size(), kSubjectMax);
  head_of("X: " + std::string(5000, 'a') + "2\r\n");
  EXPECT_EQ(of(per, 0), one);
  EXPECT_NE(of(per, 1), one);
  const std::vector<Limit::Per> twice{{SubjectPart::Header, "x"}, {SubjectPart::Header, "y"}};
  EXPECT_EQ(of(twice).size(), kSubjectMax);
}

TEST_F(Subject, CoarseIsTheNeighbourhoodOfItsAddressesOnly) {
  const auto coarse = [&](std::string_view subject) {
    std::string out(kSubjectMax, '\0');
    out.resize(write_coarse_subject(subject, out.data()));
    return out;
  };
  from("192.0.2.77");
  const std::string one = coarse(ip());
  from("192.0.255.1");
  EXPECT_EQ(coarse(ip()), one);
  EXPECT_EQ(coarse(of({{SubjectPart::Caller, ""}, {SubjectPart::Ip, ""}}, 0)), one);
  from("192.1.0.1");
  EXPECT_NE(coarse(ip()), one);
  from("2001:db8::1");
  const std::string six = coarse(ip());
  from("2001:db8:ffff::1");
  EXPECT_EQ(coarse(ip()), six);
  from("2001:db9::1");
  EXPECT_NE(coarse(ip()), six);
  EXPECT_EQ(coarse(of(SubjectPart::Caller, 0)), "");
  EXPECT_EQ(coarse(""), "");
  EXPECT_LE(coarse(std::string("4\xff\xff", 3) + "ab").size(), 5u) << "lengths are not believed";
}

}  // namespace
}  // namespace reeve::policy
