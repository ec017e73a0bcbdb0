// SPDX-License-Identifier: Apache-2.0
// Plans of configurations as operators write them: what is told, and that nothing is missed. Random pairs of
// small policies are compared with asking each of many requests on both sides.
#include "explain/plan.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/prng.h"
#include "config/load.h"
#include "config/memory_doors.h"
#include "config/render_findings.h"
#include "json/reader.h"
#include "policy/hypothetical.h"

namespace reeve::explain {
namespace {

using policy::Snapshot;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const WallTime kAt = WallTime(std::chrono::hours(24 * 20'781));  // 2026-11-24, a Tuesday

std::shared_ptr<const Snapshot> load(const std::string& yaml) {
  config::MemoryEnvironment environment;
  config::MemoryFiles files;
  files.put("reeve.yaml", yaml);
  const config::LoadResult loaded = config::load("reeve.yaml", environment, files);
  EXPECT_TRUE(loaded.ok()) << config::findings_text(loaded.findings, loaded.files) << yaml;
  return loaded.snapshot;
}

Plan plan_of(const std::string& before, const std::string& after) {
  return plan(*load(before), *load(after), kAt);
}

json::Value document(const Plan& plan) {
  std::string text;
  json::Writer json(text);
  json.begin_object();
  write_plan(plan, json);
  json.end_object();
  return json::parse(text).value_or(json::Value{});
}

constexpr std::string_view kBase = R"(
networks: { office: [ 203.0.113.0/24 ] }
roles: { reader: [ "posts:read" ], writer: [ "posts:*" ] }
routes:
  - { name: read, match: { path: /posts, methods: [ GET ] }, authenticate: [ key ], require: [ "posts:read" ], respond: {} }
  - { name: write, match: { path: /posts, methods: [ POST ] }, authenticate: [ key ], require: [ "posts:write" ], networks: { allow: [ office ] }, respond: {} }
  - { name: open, match: { path: "/open/{rest...}" }, authenticate: [ none ], respond: {} }
callers:
  - { name: ann, roles: [ writer ] }
  - { name: bob, roles: [ reader ] }
)";

std::string with(std::string_view from, std::string_view to) {
  std::string text(kBase);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Plan, OfTheSameIsNothing) {
  const Plan same = plan_of(std::string(kBase), "# a comment\n" + std::string(kBase));
  EXPECT_TRUE(same.same());
}

TEST(Plan, ARoleTakenAwayIsALossOfItsCallerAlone) {
  const Plan lost = plan_of(std::string(kBase), with("name: bob, roles: [ reader ]", "name: bob, roles: []"));
  ASSERT_THAT(lost.loses, SizeIs(1));
  EXPECT_THAT(lost.gains, IsEmpty());
  const json::Value all = document(lost);
  const json::Value& row = all["loses"].items()[0];
  EXPECT_EQ(row["caller"].string(), "bob");
  EXPECT_EQ(row["route"].string(), "read");
  EXPECT_EQ(row["method"].string(), "GET");
  EXPECT_EQ(row["was"].string(), "allow");
  EXPECT_EQ(row["becomes"].string(), "permission-missing");
  EXPECT_EQ(row["hours"].string(), "always");
  EXPECT_EQ(row["because"].string(), "reeve.yaml:5");
  EXPECT_EQ(row["witness"]["as"].string(), "bob");
  EXPECT_EQ(row["networks"].items()[0].string(), "0.0.0.0/0");
  EXPECT_EQ(all["same"].boolean(), false);
}

TEST(Plan, ASmallerNetworkIsToldByTheAddressesThatAreLost) {
  const Plan lost = plan_of(std::string(kBase), with("203.0.113.0/24", "203.0.113.0/25"));
  ASSERT_THAT(lost.loses, SizeIs(1));
  EXPECT_THAT(lost.loses[0].callers, ElementsAre("ann"));
  EXPECT_THAT(lost.loses[0].change.networks, ElementsAre(*IpNetwork::parse("203.0.113.128/25").network));
  EXPECT_EQ(lost.loses[0].because, "reeve.yaml:6");
  const Plan gained = plan_of(with("203.0.113.0/24", "203.0.113.0/25"), std::string(kBase));
  ASSERT_THAT(gained.gains, SizeIs(1));
  EXPECT_EQ(gained.gains[0].change.before, Code::IpNotAllowed);
}

TEST(Plan, ARouteInFrontTakesPartOfAnothersRequests) {
  const Plan lost =
      plan_of(std::string(kBase),
              with("  - { name: open,",
                   "  - { name: admin, match: { path: /open/admin }, authenticate: [ key ], require: "
                   "[ admin ], respond: {} }\n  - { name: open,"));
  ASSERT_THAT(lost.loses, SizeIs(2));
  for (const PlanRow& row : lost.loses) {
    EXPECT_EQ(row.route, "open");
    EXPECT_THAT(row.paths, ElementsAre("/open/admin"));
  }
  EXPECT_THAT(lost.loses[0].callers, ElementsAre("anonymous"));
  EXPECT_EQ(lost.loses[0].change.after, Code::CredentialMissing);
  EXPECT_THAT(lost.loses[1].callers, ElementsAre("ann", "bob"));
  EXPECT_EQ(lost.loses[1].change.after, Code::PermissionMissing);
}

TEST(Plan, HoursAreToldAsWritten) {
  const Plan lost = plan_of(
      std::string(kBase), with("require: [ \"posts:read\" ]",
                               "require: [ \"posts:read\" ], hours: [ { days: mon-fri, from: \"08:00\", to: "
                               "\"18:00\", zone: Europe/Berlin } ]"));
  ASSERT_THAT(lost.loses, SizeIs(1));
  EXPECT_THAT(lost.loses[0].callers, ElementsAre("ann", "bob"));
  const json::Value row = document(lost)["loses"].items()[0];
  EXPECT_EQ(row["hours"].string(), "always");
  EXPECT_EQ(row["except"].items()[0]["from"].string(), "08:00");
  EXPECT_EQ(row["becomes"].string(), "outside-hours");
}

TEST(Plan, AKeyThatEndsIsALossFromThenOn) {
  const auto keyed = [](std::string_view expires) {
    return with(
        "name: bob, roles: [ reader ]",
        fmt::format("name: bob, roles: [ reader ], keys: [ {{ id: aaaaaaaa, hash: \"sha256:{:064d}\", "
                    "expires: {} }} ]",
                    0, expires));
  };
  const Plan lost = plan_of(keyed("2028-01-01"), keyed("2027-01-01"));
  ASSERT_THAT(lost.loses, SizeIs(1));
  EXPECT_EQ(lost.loses[0].change.after, Code::CredentialExpired);
  EXPECT_FALSE(lost.loses[0].change.whole_time);
  EXPECT_EQ(to_rfc3339_seconds(lost.loses[0].change.time.from), "2027-01-01T00:00:00Z");
  EXPECT_EQ(lost.loses[0].because, "reeve.yaml:10");
}

TEST(Plan, WhatRunsOrIsMeasuredIsANoteAndNoLoss) {
  const std::string limited =
      "limits: { few: { rate: 2/1m, per: caller } }\n" +
      with("require: [ \"posts:read\" ]", "require: [ \"posts:read\" ], limits: [ few ]");
  const Plan noted = plan_of(std::string(kBase), limited);
  EXPECT_THAT(noted.loses, IsEmpty());
  ASSERT_THAT(noted.notes, SizeIs(1));
  EXPECT_EQ(noted.notes[0].what, "limits");
  EXPECT_EQ(noted.notes[0].name, "read");
}

TEST(Plan, BelievingOtherProxiesMayCostWhoeverDependsOnAnAddress) {
  const Plan lost = plan_of(std::string(kBase), "trusted_proxies: [ 10.0.0.0/8 ]\n" + std::string(kBase));
  ASSERT_THAT(lost.loses, SizeIs(1));
  EXPECT_EQ(lost.loses[0].route, "write");
  ASSERT_THAT(lost.notes, SizeIs(1));
  EXPECT_EQ(lost.notes[0].what, "client_ip");
}

TEST(Plan, TheDigestIsOfWhatIsLostAndOfNothingElse) {
  const std::string less = with("name: bob, roles: [ reader ]", "name: bob, roles: []");
  const std::string text = plan_digest_text(plan_of(std::string(kBase), less));
  EXPECT_EQ(plan_digest_text(plan_of(std::string(kBase), less + "# more\n")), text);
  EXPECT_NE(plan_digest_text(plan_of(std::string(kBase), with("roles: [ writer ]", "roles: []"))), text);
}

// --- against asking every request on both sides ---

class Random {
 public:
  explicit Random(std::uint64_t seed) : prng_(seed) {}

  std::string yaml() {
    std::string text = "environment: live\nnetworks:\n";
    for (const char* name : {"a", "b"})
      text += fmt::format("  {}: [ {} ]\n", name,
                          pick({"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "2001:db8::/32"}));
    text += fmt::format("roles: {{ one: [ {} ], two: [ {} ] }}\n", pick({"\"p:x\"", "\"p:*\"", "\"q:x\""}),
                        pick({"\"q:x\"", "\"*\"", "\"p:y\""}));
    if (chance(4))
      text += fmt::format("global: {{ networks: {{ deny: [ {} ] }} }}\n", pick({"a", "10.1.2.3"}));
    text += fmt::format("limits: {{ few: {{ rate: {}, per: ip }} }}\n", pick({"1/1m", "2/1m"}));
    text += "routes:\n";
    std::set<std::string> taken;
    for (int i = 0; i < 4; ++i) {
      const std::string host = pick({"", "h.example", "\"*.example\""});
      const std::string path =
          pick({"/x", "\"/{a}\"", "\"/x/{r...}\"", "/x/y", "\"/{a}:go\"", "\"/{r...}\""});
      if (!taken.insert(host + path).second) continue;
      text += fmt::format("  - {{ name: r{}, match: {{ {} path: {}{}{} }}, respond: {{}}, ", i,
                          host.empty() ? "" : "host: " + host + ",", path,
                          pick({"", ", methods: [ GET ]", ", methods: [ POST, PUT ]"}),
                          pick({"", "", ", headers: { x-a: one }", ", query: { v: present }"}));
      const bool open = chance(3);
      text +=
          open ? "authenticate: [ none ]" : pick({"authenticate: [ key ]", "authenticate: [ key, none ]"});
      if (!open && text.ends_with("[ key ]"))
        text += pick({"", ", require: [ \"p:x\" ]", ", require: [ \"q:x\", \"p:y\" ]"});
      text +=
          pick({"", ", networks: { allow: [ a ] }", ", networks: { allow: [ a, b ], deny: [ 10.1.2.3 ] }"});
      text += pick({"", "", ", maintenance: {}", ", enabled: false"});
      if (chance(3))
        text +=
            fmt::format(", hours: [ {{ days: {}, from: \"{}\", to: \"{}\" }} ]",
                        pick({"mon-fri", "sat", "tue"}), pick({"08:00", "22:00"}), pick({"18:00", "06:00"}));
      text += " }\n";
    }
    text += "callers:\n";
    for (const char* name : {"ann", "bob", "cem"}) {
      if (chance(5)) continue;
      text +=
          fmt::format("  - {{ name: {}, roles: [ {} ]{}{} }}\n", name, pick({"", "one", "two", "one, two"}),
                      pick({"", "", ", networks: { allow: [ b ] }"}), key(name));
    }
    if (text.ends_with("callers:\n")) text += "  - { name: dee }\n";
    return text;
  }

 private:
  bool chance(unsigned in) { return prng_.below(in) == 0; }
  std::string pick(std::vector<std::string> of) { return of[prng_.below(of.size())]; }
  std::string key(std::string_view name) {
    const std::string dates =
        pick({"", ", expires: 2027-01-10", ", revoked: true", ", not_before: 2026-12-01", ", env: test",
              ", not_before: 2026-12-01, expires: 2027-01-10"});
    if (chance(2)) return "";
    return fmt::format(", keys: [ {{ id: {}00000, hash: \"sha256:{:064d}\"{} }} ]", name, 0, dates);
  }
  Prng prng_;
};

/// Whether the caller can authenticate then, and else why not.
policy::CredentialVerdict verdict(const Snapshot& snapshot, std::string_view caller, WallTime at) {
  using State = policy::CredentialVerdict::State;
  const std::uint32_t index = snapshot.find_caller(caller);
  if (index == policy::kNone) return {.state = State::Refused, .code = Code::CredentialUnknown};
  for (std::uint32_t i = 0; i < snapshot.keys.size(); ++i) {
    const policy::Key& key = snapshot.keys[i];
    if (key.caller != index) continue;
    const policy::KeyDates* dates = snapshot.keys.dates(key);
    std::optional<Code> code;
    if (key.environment != snapshot.environment)
      code = Code::CredentialWrongEnvironment;
    else if (dates != nullptr && dates->revoked)
      code = Code::CredentialRevoked;
    else if (dates != nullptr && dates->not_before && at < *dates->not_before)
      code = Code::CredentialNotYetValid;
    else if (dates != nullptr && dates->expires && at >= *dates->expires)
      code = Code::CredentialExpired;
    if (code) return {.state = State::Refused, .code = *code};
  }
  return {.state = State::Assumed, .caller = index};
}

struct Asked {
  std::string caller, method, url;
  std::optional<IpAddress> from;
  WallTime at;
  bool header = false;
};
struct Answered {
  std::optional<Code> code;
  std::string route;
};

Answered ask(const Snapshot& snapshot, const Asked& asked) {
  policy::Hypothetical request(snapshot);
  std::vector<std::pair<std::string, std::string>> headers;
  if (asked.header) headers.emplace_back("x-a", "one");
  EXPECT_TRUE(request.prepare(
      {.method = asked.method, .url = asked.url, .headers = headers, .from = asked.from, .at = asked.at}));
  const policy::Route* route = request.route();
  if (asked.caller == "anonymous" || (route != nullptr && route->acceptance.none_only()))
    request.as_anonymous();
  else
    request.facts().credential = verdict(snapshot, asked.caller, asked.at);
  policy::Decision decision;
  request.decide(decision);
  const auto check = decision.refused_by();
  return {check ? std::optional(decision[*check].code) : std::nullopt, route == nullptr ? "" : route->name};
}

bool covers(const PlanRow& row, const Asked& asked) {
  if (std::ranges::find(row.callers, asked.caller) == row.callers.end()) return false;
  const bool same_method = row.method == asked.method || row.method == "any";
  if (!same_method) return false;
  if (row.change.anywhere) return true;
  if (!asked.from) return row.change.without_address;
  return std::ranges::any_of(row.change.networks,
                             [&](const IpNetwork& network) { return network.contains(*asked.from); });
}

/// It speaks of all of the route's requests at any time.
bool whole(const PlanRow& row) {
  return row.hosts.empty() && row.paths.empty() && row.when.empty() && row.change.whole_time &&
         row.except.empty() && row.hours == R"("always")";
}

bool told(const std::vector<PlanRow>& rows, const Asked& asked, const std::string& route,
          std::optional<Code> was, std::optional<Code> becomes) {
  return std::ranges::any_of(rows, [&](const PlanRow& row) {
    return row.route == route && row.change.before == was && row.change.after == becomes &&
           covers(row, asked) && row.change.time.from <= asked.at && asked.at < row.change.time.to;
  });
}

TEST(Plan, AgreesWithAskingEveryRequestOnBothSides) {
  const char* from_outside = std::getenv("REEVE_SEED");
  const std::uint64_t begin = from_outside == nullptr ? 1 : std::strtoull(from_outside, nullptr, 10);
  const std::uint64_t count = from_outside == nullptr ? 40 : 1;
  std::size_t lost = 0, gained = 0, rows_seen = 0;
  for (std::uint64_t seed = begin; seed < begin + count; ++seed) {
    Random random(seed);
    const std::string old_text = random.yaml();
    const std::string new_text = random.yaml();
    const auto old_one = load(old_text);
    const auto new_one = load(new_text);
    ASSERT_TRUE(old_one && new_one);
    const Plan changes = plan(*old_one, *new_one, kAt);
    const std::string shown =
        fmt::format("REEVE_SEED={}\n--- before\n{}--- after\n{}", seed, old_text, new_text);

    // Every row's sample is what the row says.
    for (const auto* rows : {&changes.loses, &changes.gains, &changes.otherwise})
      for (const PlanRow& row : *rows) {
        ++rows_seen;
        for (const std::string& caller : row.callers) {
          Asked asked{caller,
                      row.sample.method,
                      row.sample.url,
                      row.change.address,
                      row.change.time.from,
                      !row.sample.headers.empty()};
          ASSERT_EQ(ask(*old_one, asked).code, row.change.before) << shown << row.route << " " << caller;
          ASSERT_EQ(ask(*new_one, asked).code, row.change.after) << shown << row.route << " " << caller;
        }
      }

    // Every difference has its row.
    for (const std::string_view caller : {"anonymous", "ann", "bob", "cem"}) {
      if (caller != "anonymous" && old_one->find_caller(caller) == policy::kNone &&
          new_one->find_caller(caller) == policy::kNone)
        continue;
      for (const char* method : {"GET", "POST", "DELETE"})
        for (const char* url :
             {"http://h.example/x", "http://h.example/z", "http://a.example/x/y", "http://o.test/x/y/z",
              "http://o.test/q:go", "http://h.example/x/?v=1", "http://o.test/x?v=1"})
          for (const char* from : {"10.1.2.3", "10.1.9.9", "10.9.9.9", "192.0.2.1", "2001:db8::1", ""})
            for (const int hours : {0, 9, 4 * 24 + 12, 60 * 24 + 23, 61 * 24 + 3})
              for (const bool header : {false, true}) {
                const Asked asked{std::string(caller),
                                  method,
                                  url,
                                  IpAddress::parse(from),
                                  kAt + std::chrono::hours(hours),
                                  header};
                const Answered was = ask(*old_one, asked);
                const Answered now = ask(*new_one, asked);
                for (const PlanRow& row : changes.loses)
                  if (whole(row) && row.route == was.route && row.method == method && covers(row, asked)) {
                    ASSERT_EQ(was.code, row.change.before)
                        << shown << row.route << " " << caller << " " << url;
                    ASSERT_EQ(now.code, row.change.after)
                        << shown << row.route << " " << caller << " " << url;
                  }
                const bool by_everybody = caller != "anonymous";
                if (was.code == now.code) continue;
                const bool loses = !was.code;
                if (!loses && now.code) continue;
                (loses ? lost : gained) += 1;
                const auto& rows = loses ? changes.loses : changes.gains;
                const std::string& route = loses ? was.route : now.route;
                // On routes that look for no credential everybody is anonymous.
                Asked nobody = asked;
                nobody.caller = "anonymous";
                ASSERT_TRUE(told(rows, asked, route, was.code, now.code) ||
                            (by_everybody && told(rows, nobody, route, was.code, now.code)))
                    << shown << caller << " " << method << " " << url << " from " << from << " after "
                    << hours << " h, header " << header << ": "
                    << (was.code ? facts(*was.code).name : "allow") << " becomes "
                    << (now.code ? facts(*now.code).name : "allow");
              }
    }
  }
  if (from_outside == nullptr) {
    EXPECT_GT(lost, 3000u);
    EXPECT_GT(gained, 3000u);
    EXPECT_GT(rows_seen, 500u);
  }
}

}  // namespace
}  // namespace reeve::explain
