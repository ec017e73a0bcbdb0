// SPDX-License-Identifier: Apache-2.0
// What a well-formed key is worth (rules, 3): unknown, of another environment, revoked, early, expired, in
// this order, by one value and without a request. Where it was found: credential_test.cpp.
#include <gtest/gtest.h>

#include "identity/credential.h"
#include "identity/credential_test_support.h"

namespace reeve::identity {
namespace {

using policy::CredentialVerdict;
using policy::KeyDates;
using policy::KeyEnvironment;

constexpr std::uint32_t kBot = 3;
const WallTime kNow = at(1'000'000);

struct JudgeTest : testing::Test {
  JudgeTest() {
    register_key(keys, good, kBot);
    register_key(keys, good_test, kBot);
  }

  /// The code's name, or `accepted`.
  std::string ask(std::string_view key) {
    verdict = judge_key(key, policy::CredentialPlace::XApiKey, {keys, environment, now, any_time}, engine);
    return verdict.passed() ? "accepted" : std::string(facts(verdict.code).name);
  }

  const std::string good = sample_key(1);
  const std::string good_test = sample_key(2, KeyEnvironment::Test);
  policy::KeyTable keys;
  KeyEnvironment environment = KeyEnvironment::Live;
  WallTime now = kNow;
  bool any_time = false;
  crypto::Engine engine;
  CredentialVerdict verdict;
};

TEST_F(JudgeTest, AGoodKeyIsItsCallers) {
  EXPECT_EQ(ask(good), "accepted");
  EXPECT_EQ(verdict.caller, kBot);
}

TEST_F(JudgeTest, UnknownIdAndWrongSecretAreTheSameVerdict) {
  EXPECT_EQ(ask(sample_key(3)), "credential-unknown");
  const CredentialVerdict first = verdict;
  EXPECT_EQ(ask(with_other_secret(good)), "credential-unknown");
  EXPECT_EQ(verdict.key, policy::kNone);
  EXPECT_EQ(verdict.key, first.key);
  EXPECT_EQ(verdict.caller, first.caller);
  EXPECT_EQ(verdict.place, first.place);
  EXPECT_EQ(verdict.slip, first.slip);
  EXPECT_EQ(verdict.slip_at, first.slip_at);
  EXPECT_EQ(verdict.context, first.context);
}

TEST_F(JudgeTest, PrefixEntryAndGatewayMustAgree) {
  EXPECT_EQ(ask(good_test), "credential-wrong-environment");
  EXPECT_NE(verdict.key, policy::kNone);
  EXPECT_EQ(verdict.caller, policy::kNone);
  // Whether its secret is right makes no difference that a client can see.
  EXPECT_EQ(ask(sample_key(9, KeyEnvironment::Test)), "credential-wrong-environment");
  EXPECT_EQ(verdict.key, policy::kNone);
  environment = KeyEnvironment::Test;
  EXPECT_EQ(ask(good_test), "accepted");
  EXPECT_EQ(ask(good), "credential-wrong-environment");

  environment = KeyEnvironment::Live;
  const std::string odd = sample_key(10);
  register_key(keys, odd, kBot, std::nullopt, KeyEnvironment::Test);
  EXPECT_EQ(ask(odd), "credential-wrong-environment");
  // The entry's environment is nobody's business who has not the secret.
  EXPECT_EQ(ask(with_other_secret(odd)), "credential-unknown");
}

TEST_F(JudgeTest, DatesAreJudgedInTheirOrder) {
  const auto with = [&](KeyDates dates) {
    static std::uint64_t seed = 100;
    const std::string key = sample_key(++seed);
    register_key(keys, key, kBot, dates);
    return key;
  };
  const WallTime before = kNow - std::chrono::nanoseconds(1);
  const WallTime after = kNow + std::chrono::nanoseconds(1);
  EXPECT_EQ(ask(with({.expires = after})), "accepted");
  EXPECT_EQ(ask(with({.expires = kNow})), "credential-expired");
  EXPECT_EQ(ask(with({.expires = before})), "credential-expired");
  EXPECT_NE(verdict.key, policy::kNone);
  EXPECT_EQ(ask(with({.not_before = after})), "credential-not-yet-valid");
  EXPECT_EQ(ask(with({.not_before = kNow})), "accepted");
  EXPECT_EQ(ask(with({.revoked = true})), "credential-revoked");
  EXPECT_EQ(ask(with({.revoked_at = kNow})), "credential-revoked");
  EXPECT_EQ(ask(with({.revoked_at = after})), "accepted");
  EXPECT_EQ(ask(with({.not_before = after, .expires = before})), "credential-not-yet-valid");
  EXPECT_EQ(ask(with({.not_before = after, .expires = before, .revoked = true})), "credential-revoked");
  any_time = true;
  EXPECT_EQ(ask(with({.not_before = after, .expires = before, .revoked_at = before})), "accepted");
  EXPECT_EQ(ask(with({.revoked = true})), "credential-revoked");
}

TEST_F(JudgeTest, AWrongSecretOfAKeyOutOfForceIsUnknown) {
  const std::string key = sample_key(50);
  register_key(keys, key, kBot, KeyDates{.revoked = true});
  EXPECT_EQ(ask(with_other_secret(key)), "credential-unknown");
}

}  // namespace
}  // namespace reeve::identity
