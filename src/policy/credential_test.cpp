// SPDX-License-Identifier: Apache-2.0
#include "policy/credential.h"

#include <gtest/gtest.h>

#include <set>

namespace reeve::policy {
namespace {

TEST(CredentialWords, EachSlipHasTheContractsWord) {
  EXPECT_EQ(name(Slip::None), "");
  EXPECT_EQ(name(Slip::TooShort), "too-short");
  EXPECT_EQ(name(Slip::TooLong), "too-long");
  EXPECT_EQ(name(Slip::Alphabet), "alphabet");
  EXPECT_EQ(name(Slip::Case), "case");
  EXPECT_EQ(name(Slip::Substitution), "substitution");
  EXPECT_EQ(name(Slip::Transposition), "transposition");
  EXPECT_EQ(name(Slip::Missing), "missing");
  EXPECT_EQ(name(Slip::Extra), "extra");
  EXPECT_EQ(name(Slip::Checksum), "checksum");
}

TEST(CredentialWords, EachPlaceIsDescribedByItsOwnText) {
  std::set<std::string_view> texts;
  const auto last = static_cast<int>(CredentialPlace::BasicUserName);
  for (int place = 0; place <= last; ++place) texts.insert(describe(static_cast<CredentialPlace>(place)));
  EXPECT_EQ(texts.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_FALSE(texts.contains(""));
}

TEST(Acceptance, NoneAloneLooksForNothing) {
  EXPECT_TRUE((Acceptance{.none = true}.none_only()));
  EXPECT_FALSE((Acceptance{.none = true, .key = true}.none_only()));
  EXPECT_FALSE((Acceptance{.key = true}.none_only()));
}

}  // namespace
}  // namespace reeve::policy
