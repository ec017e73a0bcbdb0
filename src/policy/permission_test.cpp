// SPDX-License-Identifier: Apache-2.0
// What a granted permission holds, and the rows of bits.
#include "policy/permission.h"

#include <gtest/gtest.h>

#include <set>

#include "base/prng.h"

namespace reeve::policy {
namespace {

TEST(Holds, EqualOrByAStarAtTheEnd) {
  EXPECT_TRUE(holds("posts:read", "posts:read"));
  EXPECT_FALSE(holds("posts:read", "posts:reads"));
  EXPECT_FALSE(holds("posts:reads", "posts:read"));
  EXPECT_TRUE(holds("posts:*", "posts:read"));
  EXPECT_TRUE(holds("posts:*", "posts:")) << "every rest, also the empty one";
  EXPECT_TRUE(holds("posts:*", "posts:a:b"));
  EXPECT_FALSE(holds("posts:*", "posts"));
  EXPECT_FALSE(holds("posts:*", "Posts:read")) << "case counts";
  EXPECT_TRUE(holds("*", "posts:read")) << "* is all";
  EXPECT_TRUE(holds("*", ""));
  EXPECT_FALSE(holds("", "posts:read"));
  EXPECT_FALSE(holds("a*b", "axb")) << "a star elsewhere is a character";
}

TEST(GrantTable, RowsDoNotTouchEachOther) {
  const std::uint64_t seed = 99;
  SCOPED_TRACE(seed);
  Prng prng(seed);
  for (const std::size_t width : {1u, 63u, 64u, 65u, 200u}) {
    GrantTable table(width);
    std::vector<std::set<std::uint32_t>> rows(20);
    for (std::uint32_t row = 0; row < rows.size(); ++row) {
      ASSERT_EQ(table.add(), row);
      for (std::uint64_t i = prng.below(width + 1); i > 0; --i) {
        const auto permission = static_cast<std::uint32_t>(prng.below(width));
        table.grant(row, permission);
        rows[row].insert(permission);
      }
    }
    EXPECT_EQ(table.size(), rows.size());
    for (std::uint32_t row = 0; row < rows.size(); ++row)
      for (std::uint32_t permission = 0; permission < width; ++permission)
        ASSERT_EQ(table.has(row, permission), rows[row].contains(permission)) << width;
  }
  GrantTable none(0);
  EXPECT_EQ(none.add(), 0u) << "nothing is required anywhere";
}

}  // namespace
}  // namespace reeve::policy
