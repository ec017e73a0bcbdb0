// SPDX-License-Identifier: Apache-2.0
#include "tests/support/slices.h"

#include <gtest/gtest.h>

#include <numeric>

namespace reeve::test {
namespace {

std::vector<double> from_one_to(std::size_t count) {
  std::vector<double> values(count);
  std::iota(values.rbegin(), values.rend(), 1.0);  // falling: the order given does not matter
  return values;
}

TEST(Slices, TheIntervalIsThatOfTheTablesOfTheSignTest) {
  const Spread sixty = spread_of(from_one_to(60));
  EXPECT_EQ(sixty.median, 30.5);
  EXPECT_EQ(sixty.low, 22);
  EXPECT_EQ(sixty.high, 39);
  const Spread fifteen = spread_of(from_one_to(15));
  EXPECT_EQ(fifteen.median, 8);
  EXPECT_EQ(fifteen.low, 4);
  EXPECT_EQ(fifteen.high, 12);
}

TEST(Slices, OfFewValuesItIsAllOfThem) {
  const Spread six = spread_of(from_one_to(6));
  EXPECT_EQ(six.low, 1);
  EXPECT_EQ(six.high, 6);
  const Spread one = spread_of({7.0});
  EXPECT_EQ(one.low, 7);
  EXPECT_EQ(one.median, 7);
  EXPECT_EQ(one.high, 7);
}

TEST(Slices, TwoDeedsTakeTurns) {
  int first = 0;
  int second = 0;
  const Comparison compared = in_turns([&] { ++first; }, [&] { ++second; }, 7, std::chrono::microseconds(1));
  EXPECT_GE(first, 7);
  EXPECT_GE(second, 7);
  EXPECT_GT(compared.ratio.low, 0);
  EXPECT_LE(compared.ratio.low, compared.ratio.median);
  EXPECT_LE(compared.ratio.median, compared.ratio.high);
}

}  // namespace
}  // namespace reeve::test
