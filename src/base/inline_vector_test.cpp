// SPDX-License-Identifier: Apache-2.0
#include "base/inline_vector.h"

#include <gtest/gtest.h>

namespace reeve {
namespace {

TEST(InlineVector, KeepsItsElementsWhenItOutgrowsTheInlineRoom) {
  InlineVector<int, 4> numbers;
  for (int i = 0; i < 1000; ++i) numbers.push_back(i);
  ASSERT_EQ(numbers.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(numbers[static_cast<std::size_t>(i)], i);
  numbers.clear();
  EXPECT_TRUE(numbers.empty());
  numbers.push_back(7);
  EXPECT_EQ(numbers.back(), 7);
}

}  // namespace
}  // namespace reeve
