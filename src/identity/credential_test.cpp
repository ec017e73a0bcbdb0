// SPDX-License-Identifier: Apache-2.0
// Which credential counts: every sentence of rules 3 about places, what is removed, misplaced, ambiguous,
// malformed or foreign. What a well-formed key is worth: credential_judge_test.cpp; where in a key a slip is:
// key_slip_test.cpp.
#include "identity/credential.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/h1/parse.h"
#include "identity/credential_test_support.h"

namespace reeve::identity {
namespace {

using policy::CredentialPlace;
using policy::CredentialVerdict;
using policy::KeyDates;
using policy::KeyEnvironment;
using policy::Slip;
using State = CredentialVerdict::State;

std::string base64(std::string_view text) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j <= text.size() ? kDigits[bits >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

/// A parsed request; the text lives as long.
struct Request {
  std::string text;
  http::RequestHead head;

  /// `lines` each with its CRLF.
  explicit Request(const std::string& lines, const std::string& target = "/")
      : text("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n") {
    std::uint32_t scanned = 0;
    const http::h1::Limits limits{.head_max = 1 << 30, .uri_max = 1 << 30};
    EXPECT_EQ(http::h1::parse_request(text, limits, scanned, head).state, http::h1::ParseState::Complete)
        << lines;
  }
};

constexpr std::uint32_t kBot = 3;
constexpr std::uint32_t kImported = 4;
const WallTime kNow = at(1'000'000);

struct CredentialTest : testing::Test {
  CredentialTest() {
    acceptance.key = true;
    key_index = register_key(keys, good, kBot);
    register_key(keys, good_test, kBot);
  }

  /// The code's name, or `accepted`, `anonymous`.
  std::string ask(const std::string& lines, const std::string& target = "/") {
    const Request request(lines, target);
    Identified answer;
    identify(request.head, acceptance, {keys, environment, now, any_time}, engine, answer);
    verdict = answer.verdict;
    removed.clear();
    for (const std::uint32_t line : answer.removal.lines)
      removed.emplace_back(request.head.name(request.head.fields[line]));
    std::string query(request.head.query.size(), '?');
    query.resize(copy_query(request.head.query, answer.removal, query.data()));
    left_query = query;
    if (!answer.removal.query.empty()) removed.emplace_back("query");
    EXPECT_TRUE(answer.removal.empty() || verdict.state == State::Accepted);
    for (const std::string& secret : {good, good_test})  // no text may hold a part of a key
      EXPECT_EQ(std::string(verdict.context).find(secret.substr(16, 8)), std::string::npos);
    switch (verdict.state) {
      case State::Anonymous:
        return "anonymous";
      case State::Accepted:
        return "accepted";
      case State::Refused:
        return std::string(facts(verdict.code).name);
      case State::Assumed:
        break;
    }
    return "assumed";
  }

  const std::string good = sample_key(1);
  const std::string good_test = sample_key(2, KeyEnvironment::Test);
  const std::string unknown = sample_key(3);
  std::uint32_t key_index = 0;
  policy::KeyTable keys;
  policy::Acceptance acceptance;
  KeyEnvironment environment = KeyEnvironment::Live;
  WallTime now = kNow;
  bool any_time = false;
  crypto::Engine engine;
  CredentialVerdict verdict;
  std::vector<std::string> removed;
  std::string left_query;
};

using Names = std::vector<std::string>;

TEST_F(CredentialTest, EveryProperPlaceIsLookedAtAndItsFieldRemoved) {
  const struct {
    std::string line;
    CredentialPlace place;
    std::string field;
  } rows[] = {
      {"Authorization: Bearer " + good, CredentialPlace::AuthorizationBearer, "Authorization"},
      {"aUTHORIZATION:   bEARER    " + good + "  ", CredentialPlace::AuthorizationBearer, "aUTHORIZATION"},
      {"X-Api-Key: " + good, CredentialPlace::XApiKey, "X-Api-Key"},
      {"x-goog-api-key: " + good, CredentialPlace::XGoogApiKey, "x-goog-api-key"},
      {"X-GOOG-API-KEY: " + good, CredentialPlace::XGoogApiKey, "X-GOOG-API-KEY"},
      {"Authorization: Basic " + base64("anybody:" + good), CredentialPlace::AuthorizationBasic,
       "Authorization"},
      {"Authorization: basic " + base64(":" + good), CredentialPlace::AuthorizationBasic, "Authorization"},
      {"Reeve-Key: " + good, CredentialPlace::ReeveKey, "Reeve-Key"},
      {"reeve-key: " + good, CredentialPlace::ReeveKey, "reeve-key"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ask("Accept: */*\r\n" + row.line + "\r\nUser-Agent: x\r\n"), "accepted") << row.line;
    EXPECT_EQ(verdict.place, row.place);
    EXPECT_EQ(verdict.caller, kBot);
    EXPECT_EQ(verdict.key, key_index);
    EXPECT_EQ(removed, Names{row.field});
  }
}

TEST_F(CredentialTest, WithForwardCredentialNothingIsRemoved) {
  acceptance.forward_credential = true;
  EXPECT_EQ(ask("X-Api-Key: " + good + "\r\n"), "accepted");
  EXPECT_EQ(removed, Names{});
}

TEST_F(CredentialTest, TheQueryIsLookedAtOnlyWhereTheRouteSaysSo) {
  const std::string target = "/?a=1&key=" + good + "&b=2";
  EXPECT_EQ(ask("", target), "credential-misplaced");
  EXPECT_EQ(verdict.place, CredentialPlace::OtherQuery);
  acceptance.query_parameter = "key";
  EXPECT_EQ(ask("", target), "accepted");
  EXPECT_EQ(verdict.place, CredentialPlace::Query);
  EXPECT_EQ(removed, Names{"query"});
  EXPECT_EQ(left_query, "a=1&b=2");
  acceptance.query_parameter = "token";
  EXPECT_EQ(ask("", target), "credential-misplaced");
  EXPECT_EQ(ask("", "/?to%6Ben=" + good), "accepted");
  EXPECT_EQ(left_query, "");
  EXPECT_EQ(ask("", "/?token=%72v" + good.substr(2)), "accepted");
}

TEST_F(CredentialTest, RemovingAParameterLeavesTheRestAsItWas) {
  acceptance.query_parameter = "key";
  const std::string p = "key=" + good;
  const std::pair<std::string, std::string> rows[] = {
      {p, ""},
      {p + "&", ""},
      {p + "&a=%20", "a=%20"},
      {"a&" + p, "a"},
      {"a&" + p + "&", "a&"},
      {"a&&" + p, "a&"},
      {"&" + p, ""},
      {"a&" + p + "&" + p, "a"},
      {p + "&" + p, ""},
      {p + "&a&" + p + "&b&" + p, "a&b"},
      {"key=&x=1&" + p, "key=&x=1"},
      {"keys=1&key&" + p, "keys=1&key"},
  };
  for (const auto& [query, left] : rows) {
    EXPECT_EQ(ask("", "/?" + query), "accepted") << query;
    EXPECT_EQ(left_query, left) << query;
  }
}

TEST_F(CredentialTest, NothingIsMissingUnlessNoneIsAccepted) {
  EXPECT_EQ(ask(""), "credential-missing");
  acceptance.none = true;
  EXPECT_EQ(ask(""), "anonymous");
}

TEST_F(CredentialTest, EmptyIsNotSent) {
  acceptance.query_parameter = "key";
  for (const char* lines : {"Authorization:\r\n", "Authorization: Bearer\r\n", "Authorization: Bearer \r\n",
                            "Authorization: Basic\r\n", "X-Api-Key:\r\n", "x-goog-api-key:  \r\n",
                            "Reeve-Key:\r\n", "Authorization: Basic dXNlcjo=\r\n"})
    EXPECT_EQ(ask(lines, "/?key=&key"), "credential-missing") << lines;
  EXPECT_EQ(ask("Reeve-Key:\r\nX-Api-Key:\r\nAuthorization: Bearer " + good + "\r\n"), "accepted");
  EXPECT_EQ(removed, Names{"Authorization"});
}

TEST_F(CredentialTest, NoneAloneLooksForNothing) {
  acceptance = {.none = true};
  for (const std::string& value : {good, unknown, std::string("rubbish")}) {
    EXPECT_EQ(ask("X-Api-Key: " + value + "\r\n"), "anonymous");
    EXPECT_EQ(removed, Names{});
    EXPECT_FALSE(verdict.has_caller());
  }
}

TEST_F(CredentialTest, NoneBesideKeyWantsWhateverIsPresentedToBeValid) {
  acceptance.none = true;
  EXPECT_EQ(ask("X-Api-Key: " + good + "\r\n"), "accepted");
  EXPECT_EQ(ask("X-Api-Key: " + unknown + "\r\n"), "credential-unknown");
  EXPECT_EQ(ask("X-Api-Key: rubbish\r\n"), "credential-malformed");
  EXPECT_EQ(ask("Cookie: k=" + good + "\r\n"), "credential-misplaced");
  EXPECT_EQ(ask("Cookie: k=v\r\n"), "anonymous");
}

TEST_F(CredentialTest, AReeveKeyOutranksAllOthersWhichTravelOn) {
  EXPECT_EQ(ask("Authorization: Bearer " + good_test + "\r\nX-Api-Key: x\r\nReeve-Key: " + good + "\r\n"),
            "accepted");
  EXPECT_EQ(verdict.place, CredentialPlace::ReeveKey);
  EXPECT_EQ(removed, Names{"Reeve-Key"});
  EXPECT_EQ(ask("X-Api-Key: " + good + "\r\nReeve-Key: " + good + "\r\n"), "accepted");
  EXPECT_EQ(removed, Names{"Reeve-Key"});
  EXPECT_EQ(ask("X-Api-Key: " + good + "\r\nReeve-Key: " + unknown + "\r\n"), "credential-unknown");
  EXPECT_EQ(ask("Reeve-Key: " + good + "\r\nReeve-Key: " + unknown + "\r\n"), "credential-ambiguous");
  acceptance.query_parameter = "key";
  EXPECT_EQ(ask("Reeve-Key: " + good + "\r\n", "/?key=" + good), "accepted");
  EXPECT_EQ(left_query, "key=" + good);
}

TEST_F(CredentialTest, DifferentValuesAreAmbiguousEqualOnesAreOne) {
  EXPECT_EQ(ask("X-Api-Key: " + good + "\r\nAuthorization: Bearer " + unknown + "\r\n"),
            "credential-ambiguous");
  EXPECT_EQ(ask("X-Api-Key: " + good + "\r\nX-Api-Key: " + unknown + "\r\n"), "credential-ambiguous");
  EXPECT_EQ(ask("X-Api-Key: one\r\nAuthorization: Bearer two\r\n"), "credential-ambiguous");
  EXPECT_EQ(ask("X-Api-Key: one\r\nAuthorization: Basic " + base64("u:two") + "\r\n"),
            "credential-ambiguous");
  EXPECT_EQ(ask("X-Api-Key: one\r\nAuthorization: Basic %%%\r\n"), "credential-ambiguous");
  EXPECT_EQ(ask("X-Api-Key: one\r\nAuthorization: Basic " + base64("u:one") + "\r\n"),
            "credential-malformed");

  acceptance.query_parameter = "key";
  EXPECT_EQ(ask("X-Api-Key: " + good + "\r\nX-API-KEY: " + good + "\r\nAuthorization: Basic " +
                    base64("u:" + good) + "\r\nx-goog-api-key:\r\n",
                "/?key=" + good + "&x"),
            "accepted");
  EXPECT_EQ(removed, (Names{"X-Api-Key", "X-API-KEY", "Authorization", "query"}));
  EXPECT_EQ(left_query, "x");
  EXPECT_EQ(ask("X-Api-Key: " + good + "\r\n", "/?key=" + unknown), "credential-ambiguous");
}

TEST_F(CredentialTest, TheOnlyOneThatBeginsAsAKeyCountsAndTheOthersTravelOn) {
  acceptance.query_parameter = "key";
  const std::string others = "Authorization: Bearer a.b.c\r\nx-goog-api-key: other\r\nX-Api-Key: ";
  EXPECT_EQ(ask(others + good + "\r\n", "/?key=x"), "accepted");
  EXPECT_EQ(removed, Names{"X-Api-Key"});
  EXPECT_EQ(left_query, "key=x");
  EXPECT_EQ(ask(others + unknown + "\r\n", "/?key=x"), "credential-unknown");
  EXPECT_EQ(ask(others + "rv_short\r\n", "/?key=x"), "credential-malformed");
  EXPECT_EQ(ask(others + good + "\r\n", "/?key=rv_x"), "credential-ambiguous");
  EXPECT_EQ(ask("Authorization: Basic !!!\r\nX-Api-Key: " + good + "\r\n"), "accepted");
  EXPECT_EQ(removed, Names{"X-Api-Key"});
}

TEST_F(CredentialTest, MisplacedIsToldByPlace) {
  const struct {
    std::string lines;
    std::string target;
    CredentialPlace place;
  } rows[] = {
      {"Authorization: " + good, "/", CredentialPlace::AuthorizationOther},
      {"Authorization: Token " + good, "/", CredentialPlace::AuthorizationOther},
      {"Authorization: ApiKey " + good, "/", CredentialPlace::AuthorizationOther},
      {"Authorization: \"Bearer " + good + "\"", "/", CredentialPlace::AuthorizationOther},
      {"Authorization: Basic " + base64(good + ":"), "/", CredentialPlace::BasicUserName},
      {"Authorization: Basic " + base64(good), "/", CredentialPlace::BasicUserName},
      {"Accept: x", "/?api_key=" + good, CredentialPlace::OtherQuery},
      {"Accept: x", "/?a&b=Bearer%20" + good, CredentialPlace::OtherQuery},
      {"Accept: x", "/?b=%72v" + good.substr(2), CredentialPlace::OtherQuery},
      {"Cookie: a=b; session=" + good + "; c=d", "/", CredentialPlace::Cookie},
      {"Cookie: session=\"" + good + "\"", "/", CredentialPlace::Cookie},
      {"X-Key: " + good, "/", CredentialPlace::OtherField},
      {"X_Api_Key: " + good, "/", CredentialPlace::OtherField},
      {"Proxy-Authorization: Bearer " + good, "/", CredentialPlace::OtherField},
      {"Reeve-Api-Key: " + good, "/", CredentialPlace::OtherField},
      {"Api-Key: token=rv_x", "/", CredentialPlace::OtherField},
      {"X-Key: " + good + "\r\nCookie: a=" + good, "/?k=" + good, CredentialPlace::OtherQuery},
      {"X-Key: " + good + "\r\nCookie: a=" + good, "/", CredentialPlace::Cookie},
      {"Cookie: a=" + good + "\r\nAuthorization: Token x", "/?k=" + good,
       CredentialPlace::AuthorizationOther},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ask(row.lines + "\r\n", row.target), "credential-misplaced") << row.lines;
    EXPECT_EQ(verdict.place, row.place) << row.lines;
    EXPECT_FALSE(verdict.context.empty());
    EXPECT_EQ(verdict.key, policy::kNone);
  }
}

TEST_F(CredentialTest, AnAuthorizationOfAnotherSchemeIsMisplacedWhateverItHolds) {
  EXPECT_EQ(ask("Authorization: Digest username=\"a\"\r\n"), "credential-misplaced");
  EXPECT_EQ(ask("Authorization: hunter2\r\n"), "credential-misplaced");
}

TEST_F(CredentialTest, WhatOnlyResemblesAKeyIsNotMisplaced) {
  for (const std::string& lines : {"Cookie: rv_session=1\r\n", "Cookie: a=srv_1\r\n", "X-Note: rv_\r\n",
                                   "X-Note: rv_-x\r\n", "X-Note: drv_live_x\r\n", "X-Note: _rv_live_x\r\n"})
    EXPECT_EQ(ask(lines, "/rv_live_x?rv_live=1&drv_x=a_rv_y"), "credential-missing") << lines;
}

TEST_F(CredentialTest, ACopyBesideAGoodKeyChangesNothing) {
  EXPECT_EQ(ask("X-Api-Key: " + good + "\r\nCookie: a=" + good + "\r\nX-Other: " + unknown + "\r\n",
                "/?k=" + unknown),
            "accepted");
  EXPECT_EQ(removed, Names{"X-Api-Key"});
  EXPECT_EQ(left_query, "k=" + unknown);
  EXPECT_EQ(ask("X-Api-Key: x\r\nCookie: a=" + good + "\r\n"), "credential-malformed");
}

TEST_F(CredentialTest, WhatBecomesWellFormedWithoutItsWrappingIsMisplaced) {
  for (const std::string& value :
       {"\"" + good + "\"", "'" + good + "'", "\"" + good, good + "'", "`" + good + "`", "Bearer " + good,
        "bearer: " + good, "Bearer \"" + good + "\"", "\"Bearer " + good + "\"", "Token token " + unknown,
        "\t" + good, "\xe2\x80\x9c" + good + "\xe2\x80\x9d", good + "\xc2\xa0", "\" " + good_test + " \""}) {
    EXPECT_EQ(ask("Authorization: Bearer " + value + "\r\n"), "credential-misplaced") << value;
    EXPECT_EQ(verdict.place, CredentialPlace::AuthorizationBearer);
    EXPECT_FALSE(verdict.context.empty());
  }
  EXPECT_EQ(ask("X-Api-Key: Bearer " + good + "\r\n"), "credential-misplaced");
  EXPECT_EQ(ask("Reeve-Key: \"" + good + "\"\r\n"), "credential-misplaced");
  EXPECT_EQ(ask("Authorization: Basic " + base64("u:" + good + "\n") + "\r\n"), "credential-misplaced");
  acceptance.query_parameter = "key";
  EXPECT_EQ(ask("", "/?key=" + good + "%0A"), "credential-misplaced");
  EXPECT_EQ(ask("", "/?key=%22" + good + "%22"), "credential-misplaced");
  // Not well-formed without it either:
  EXPECT_EQ(ask("X-Api-Key: \"" + good + "x\"\r\n"), "credential-malformed");
  EXPECT_EQ(ask("X-Api-Key: \"\"\r\n"), "credential-malformed");
  EXPECT_EQ(ask("X-Api-Key: key=" + good + "\r\n"), "credential-malformed");
}

TEST_F(CredentialTest, WhatCannotBeAKeyIsMalformedWithItsSlip) {
  std::string typo = good;
  typo[20] = good[20] >= 'a' ? '0' : 'z';
  EXPECT_EQ(ask("X-Api-Key: " + typo + "\r\n"), "credential-malformed");
  EXPECT_EQ(verdict.slip, Slip::Substitution);
  EXPECT_EQ(verdict.slip_at, 21);
  EXPECT_EQ(ask("X-Api-Key: " + good.substr(0, 40) + "\r\n"), "credential-malformed");
  EXPECT_EQ(verdict.slip, Slip::TooShort);
  EXPECT_EQ(verdict.slip_at, 0);
  EXPECT_EQ(ask("X-Api-Key: " + good.substr(1) + "\r\n"), "credential-malformed");
  EXPECT_EQ(verdict.slip, Slip::Missing);
  EXPECT_EQ(verdict.slip_at, 1);
  EXPECT_EQ(ask("X-Api-Key: hunter2\r\n"), "credential-malformed");
  EXPECT_EQ(verdict.slip, Slip::TooShort);
  EXPECT_EQ(ask("Authorization: Bearer aaa.bbb.ccc\r\n"), "credential-malformed");
  EXPECT_EQ(verdict.key, policy::kNone);
}

TEST_F(CredentialTest, UndecodableBasicIsMalformed) {
  for (const std::string& value :
       {std::string("!!!"), std::string("dXNlc"), base64("no colon"), good, base64("u:" + good).substr(1)}) {
    EXPECT_EQ(ask("Authorization: Basic " + value + "\r\n"), "credential-malformed") << value;
    EXPECT_EQ(verdict.place, CredentialPlace::AuthorizationBasic);
    EXPECT_FALSE(verdict.context.empty());
  }
}

TEST_F(CredentialTest, ForeignKeysAreAnyTextAndWorkInBothEnvironments) {
  const std::string long_one(5000, 'L');
  const std::uint32_t first = register_foreign(keys, "legacy-1", "hunter2", kImported);
  register_foreign(keys, "legacy-2", long_one, kImported);
  register_foreign(keys, "legacy-3", "\"quoted\"", kImported);
  register_foreign(keys, "legacy-4", "old", kImported, KeyDates{.expires = kNow});
  for (environment = KeyEnvironment::Live;; environment = KeyEnvironment::Test) {
    EXPECT_EQ(ask("X-Api-Key: hunter2\r\n"), "accepted");
    EXPECT_EQ(verdict.caller, kImported);
    EXPECT_EQ(verdict.key, first);
    EXPECT_EQ(removed, Names{"X-Api-Key"});
    EXPECT_EQ(ask("X-Api-Key: \"quoted\"\r\n"), "accepted");
    EXPECT_EQ(ask("Authorization: Basic " + base64("u:" + long_one) + "\r\n"), "accepted");
    EXPECT_EQ(ask("X-Api-Key: old\r\n"), "credential-expired");
    if (environment == KeyEnvironment::Test) break;
  }
  environment = KeyEnvironment::Live;
  EXPECT_EQ(ask("X-Api-Key: hunter3\r\n"), "credential-unknown");
  EXPECT_EQ(verdict.slip, Slip::None);
  EXPECT_EQ(ask("X-Api-Key: \"" + good + "\"\r\n"), "credential-misplaced");
  EXPECT_EQ(ask("X-Api-Key: rv_live_x\r\n"), "credential-malformed");  // rv_ is never foreign
  EXPECT_EQ(ask("Authorization: Basic %%%\r\n"), "credential-malformed");
  EXPECT_EQ(ask("X-Api-Key: legacy-1\r\n"), "credential-unknown");
}

TEST_F(CredentialTest, TheOrderOfJudging) {
  // Ambiguous before misplaced and malformed; misplaced before malformed; malformed before wrong environment.
  EXPECT_EQ(ask("X-Api-Key: rv_a\r\nAuthorization: Bearer rv_b\r\nCookie: a=" + good + "\r\n"),
            "credential-ambiguous");
  EXPECT_EQ(ask("Cookie: a=rv_x\r\n"), "credential-misplaced");
  EXPECT_EQ(ask("X-Api-Key: " + good_test.substr(0, 51) + "\r\n"), "credential-malformed");
}

TEST_F(CredentialTest, ManyLinesAreNoBurden) {
  acceptance.query_parameter = "key";
  std::string lines;
  std::string query = "/?";
  for (int i = 0; i < 10'000; ++i) {
    lines += "Authorization: Basic " + base64("u:p" + std::to_string(i)) + "\r\n";
    query += "key=%41" + std::to_string(i) + "&";
  }
  EXPECT_EQ(ask(lines, query), "credential-ambiguous");
  EXPECT_EQ(ask(lines + "X-Api-Key: " + good + "\r\n", query), "accepted");
  EXPECT_EQ(removed, Names{"X-Api-Key"});
  std::string same;
  for (int i = 0; i < 10'000; ++i) same += "X-Api-Key: " + good + "\r\n";
  EXPECT_EQ(ask(same), "accepted");
  EXPECT_EQ(removed.size(), 10'000u);
  std::string others;
  for (int i = 0; i < 10'000; ++i) others += "X: rv_rv_rv_ \"\"''\r\n";
  ask(others + "X-Api-Key: " + std::string(1'000'000, '"') + "\r\n");
  EXPECT_EQ(verdict.code, Code::CredentialMalformed);
}

}  // namespace
}  // namespace reeve::identity
