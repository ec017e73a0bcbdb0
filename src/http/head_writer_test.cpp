// SPDX-License-Identifier: Apache-2.0
// Nothing that is written can begin a line of its own, and a line is there whole or not at all.
#include "http/head_writer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace reeve::http {
namespace {

TEST(HeadWriter, WritesAHead) {
  char out[200];
  HeadWriter writer(out, sizeof out);
  writer.status_line(200);
  EXPECT_TRUE(writer.field("Content-Type", "text/plain"));
  writer.field("Content-Length", std::uint64_t{18446744073709551615u});
  EXPECT_TRUE(writer.field("Empty", ""));
  EXPECT_TRUE(writer.field("X", "a\tb \xc3\xa9"));
  writer.end();
  EXPECT_EQ(
      writer.written(),
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 18446744073709551615\r\nEmpty: \r\n"
      "X: a\tb \xc3\xa9\r\n\r\n");
  EXPECT_FALSE(writer.overflowed());
  EXPECT_FALSE(writer.refused());
}

TEST(HeadWriter, RefusesWhatCouldBeginALine) {
  char out[200];
  for (int value = 0; value < 256; ++value) {
    const std::string byte(1, static_cast<char>(value));
    HeadWriter writer(out, sizeof out);
    const bool control = (value < 0x20 && value != '\t') || value == 0x7f;
    EXPECT_EQ(writer.field("X", "a" + byte + "b"), !control) << value;
    EXPECT_EQ(writer.refused(), control) << value;
    EXPECT_EQ(writer.size(), control ? 0u : 8u) << value;
  }
  for (const std::string name : {"", "a b", "a:b", "a\r\nb", "\xc3\xa9", "a\tb"}) {
    HeadWriter writer(out, sizeof out);
    EXPECT_FALSE(writer.field(name, "x")) << name;
    EXPECT_EQ(writer.size(), 0u);
  }
}

TEST(HeadWriter, SaysWhenTheRoomDoesNotSuffice) {
  const std::string whole = "HTTP/1.1 503 Service Unavailable\r\nX: yz\r\nN: 12\r\n\r\n";
  for (std::size_t room = 0; room <= whole.size(); ++room) {
    const auto out = std::make_unique<char[]>(room);
    HeadWriter writer(out.get(), room);
    writer.status_line(503);
    writer.field("X", "yz");
    writer.field("N", 12);
    writer.end();
    EXPECT_EQ(writer.overflowed(), room < whole.size()) << room;
    if (!writer.overflowed()) {
      EXPECT_EQ(writer.written(), whole);
    }
  }
}

TEST(HeadWriter, KnowsThePhrases) {
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(429), "Too Many Requests");
  EXPECT_EQ(reason_phrase(508), "Loop Detected");
  EXPECT_EQ(reason_phrase(299), "Unknown");
}

}  // namespace
}  // namespace reeve::http
