// SPDX-License-Identifier: Apache-2.0
#include "rt/buffer.h"

#include <gtest/gtest.h>

#include <string>

#include "rt/pinned.h"

namespace reeve::rt {
namespace {

TEST(Buffer, SharedPiecesKeepTheirBytesWhileAnotherGrows) {
  Buffer first = Buffer::copy_of("head");
  Buffer kept = first;
  first.append("body");
  EXPECT_EQ(first.view(), "headbody");
  EXPECT_EQ(kept.view(), "head");
  EXPECT_EQ(kept.tail_room(), 0u) << "its tail belongs to the other piece now";
  kept.append("!");
  EXPECT_EQ(kept.view(), "head!");
  EXPECT_EQ(first.view(), "headbody");
}

TEST(Buffer, MakesRoomBeyondAStandardBlock) {
  Buffer buffer;
  std::string expected;
  for (int i = 0; i < 10000; ++i) {
    const std::string piece = std::to_string(i) + ",";
    buffer.append(piece);
    expected += piece;
  }
  EXPECT_EQ(buffer.view(), expected);
}

TEST(Buffer, ReusesItsOwnFrontWhenAlone) {
  Buffer buffer = Buffer::with_room();
  buffer.append(std::string(Buffer::kStandard, 'x'));
  buffer.remove_prefix(Buffer::kStandard - 3);
  const char* before = buffer.data() - (Buffer::kStandard - 3);
  buffer.make_room(100);
  EXPECT_EQ(buffer.data(), before);
  EXPECT_EQ(buffer.view(), "xxx");
}

TEST(Buffer, SliceAndTruncateShareTheBlock) {
  Buffer whole = Buffer::copy_of("GET / HTTP/1.1");
  EXPECT_EQ(whole.slice(4, 1).view(), "/");
  Buffer copy = whole;
  copy.truncate(3);
  EXPECT_EQ(copy.view(), "GET");
  EXPECT_EQ(whole.view(), "GET / HTTP/1.1");
}

TEST(Pinned, AGenerationEndsWithItsLastPin) {
  std::vector<int> retired;
  Pinned<int> current([&](std::shared_ptr<const int> old) { retired.push_back(*old); });
  current.publish(std::make_shared<const int>(1));
  Pin<int> request = current.pin();
  current.publish(std::make_shared<const int>(2));
  EXPECT_EQ(*request, 1);
  EXPECT_EQ(*current.pin(), 2);
  EXPECT_TRUE(retired.empty());
  request = {};
  EXPECT_EQ(retired, std::vector{1});
}

}  // namespace
}  // namespace reeve::rt
