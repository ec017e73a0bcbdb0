// SPDX-License-Identifier: Apache-2.0
#include "identity/challenge.h"

#include <gtest/gtest.h>

#include <string>

namespace reeve::identity {
namespace {

using policy::Acceptance;
using policy::CredentialVerdict;

std::string challenge(const Acceptance& acceptance, Code code) {
  Challenges challenges;
  add_challenges(acceptance, {.state = CredentialVerdict::State::Refused, .code = code}, challenges);
  std::string all;
  for (const std::string_view one : challenges) all.append(one).append("\n");
  return all;
}

TEST(Challenge, IsBearerWhereKeysAreAccepted) {
  EXPECT_EQ(challenge({.key = true}, Code::CredentialMissing), "Bearer realm=\"reeve\"\n");
}

TEST(Challenge, SaysThatTheTokenIsInvalidOnlyWhenOneCame) {
  for (const Code code : {Code::CredentialUnknown, Code::CredentialMisplaced, Code::CredentialMalformed,
                          Code::CredentialAmbiguous, Code::CredentialExpired})
    EXPECT_EQ(challenge({.none = true, .key = true}, code),
              "Bearer realm=\"reeve\", error=\"invalid_token\"\n");
}

TEST(Challenge, IsNoneWhereNothingIsAccepted) {
  EXPECT_EQ(challenge({.none = true}, Code::CredentialMissing), "");
}

}  // namespace
}  // namespace reeve::identity
