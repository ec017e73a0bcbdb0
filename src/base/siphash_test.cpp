// SPDX-License-Identifier: Apache-2.0
// SipHash against values of OpenSSL's SIPHASH with one and three rounds and 16 bytes.
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

TEST(SipHash, AgreesWithOpenSsl) {
  EXPECT_EQ(of(0), "e77ebcb22788a5befd62db6add303001");
  EXPECT_EQ(of(1), "fc6f370460d3eda85e0573cc2b2ff063");
  EXPECT_EQ(of(3), "6bc5ccfa1edcf79f4823187712ebd743");
  EXPECT_EQ(of(8), "aa12fee1d5e3dab4724f16ab35f9c799");
  EXPECT_EQ(of(15), "c17e5505b2bd526c2921cdec1e7e0109");
  EXPECT_EQ(of(20), "3c2c2f11bb90cf0be335ca9b2e91e9b7");
}

TEST(SipHash, ChangesWithTheKey) {
  EXPECT_NE(siphash128({1, 0}, "a"), siphash128({0, 1}, "a"));
  EXPECT_EQ(siphash128({1, 0}, "a"), siphash128({1, 0}, "a"));
}

}  // namespace
}  // namespace reeve
