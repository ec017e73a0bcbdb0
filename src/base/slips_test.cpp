// SPDX-License-Identifier: Apache-2.0
// What counts as a slip of the hand.
#include "base/slips.h"

#include <gtest/gtest.h>

namespace reeve {
namespace {

TEST(Slips, CountsLettersLeftOutPutInReplacedAndSwapped) {
  EXPECT_EQ(slips("upstream", "upstrem", 2), 1u);
  EXPECT_EQ(slips("upstream", "uppstream", 2), 1u);
  EXPECT_EQ(slips("upstream", "upstreem", 2), 1u);
  EXPECT_EQ(slips("log", "lgo", 2), 1u);
}

TEST(Slips, CaseAndHyphensAreNone) {
  EXPECT_EQ(slips("head-max", "Head_Max", 2), 0u);
}

TEST(Slips, StopsCountingBeyondTheLimit) {
  EXPECT_EQ(slips("a", "abcd", 2), 3u);
  EXPECT_EQ(slips("entirely", "another", 2), 3u);
}

}  // namespace
}  // namespace reeve
