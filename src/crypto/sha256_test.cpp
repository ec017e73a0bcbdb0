// SPDX-License-Identifier: Apache-2.0
#include "crypto/sha256.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/crc32.h"
#include "crypto/engine.h"
#include "crypto/token.h"

namespace reeve::crypto {
namespace {

TEST(Sha256, GivesTheVectorsOfFips180) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Engine, HashesAsTheFreeFunctionDoesAgainAndAgain) {
  Engine engine;
  std::string bytes;
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(engine.sha256(bytes), sha256(bytes));
    bytes.push_back(static_cast<char>(i));
  }
}

TEST(Crc32, IsTheSameByFourBytesAndByOne) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    std::uint32_t reg = kCrc32Start;
    for (const char c : bytes) reg = crc32_step(reg, static_cast<std::uint8_t>(c));
    EXPECT_EQ(crc32(bytes), crc32_end(reg)) << i;
    bytes.push_back(static_cast<char>(i * 37 + 11));
  }
}

TEST(Token, WritesBase64UrlWithoutPadding) {
  const auto encode = [](std::string_view text) {
    return to_base64url({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  };
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg");
  EXPECT_EQ(encode("fo"), "Zm8");
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encode("\xfb\xff\xfe"), "-__-");
}

TEST(Token, ComparesWholeTexts) {
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "abcd"));
  EXPECT_TRUE(equal_constant_time("", ""));
}

}  // namespace
}  // namespace reeve::crypto
