// SPDX-License-Identifier: Apache-2.0
// SipHash against values of the reference implementation and of OpenSSL.
#include "base/siphash.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace reeve {
namespace {

std::string of(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<char>(i));
  const SipHash128 hash = siphash128({0x0706050403020100, 0x0f0e0d0c0b0a0908}, bytes);
  return fmt::format("{:016x}{:016x}", __builtin_bswap64(hash.low), __builtin_bswap64(hash.high));
}

TEST(SipHash, AgreesWithTheReference) {
  EXPECT_EQ(of(0), "a3817f04ba25a8e66df67214c7550293");
  EXPECT_EQ(of(1), "da87c1d86b99af44347659119b22fc45");
  EXPECT_EQ(of(3), "9c70b60c5267a94e5f33b6b02985ed51");
  EXPECT_EQ(of(8), "3b62a9ba6258f5610f83e264f31497b4");
  EXPECT_EQ(of(15), "5493e99933b0a8117e08ec0f97cfc3d9");
  EXPECT_EQ(of(20), "9e25fc833f2290733e9344a5e83839eb");
}

TEST(SipHash, ChangesWithTheKey) {
  EXPECT_NE(siphash128({1, 0}, "a"), siphash128({0, 1}, "a"));
  EXPECT_EQ(siphash128({1, 0}, "a"), siphash128({1, 0}, "a"));
}

}  // namespace
}  // namespace reeve
