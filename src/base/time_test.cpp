// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <gtest/gtest.h>

namespace reeve {
namespace {

TEST(Time, IsWrittenAsTheStandardsWant) {
  const WallTime t{std::chrono::seconds(784111777) + std::chrono::microseconds(42)};
  EXPECT_EQ(to_rfc3339(t), "1994-11-06T08:49:37.000042Z");
  char date[29];
  write_http_date(t, date);
  EXPECT_EQ(std::string_view(date, 29), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace reeve
