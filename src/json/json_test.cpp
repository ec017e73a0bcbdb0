// SPDX-License-Identifier: Apache-2.0
// The writer's output is read back by the reader, over hand-picked and random bytes.
#include <gtest/gtest.h>

#include "base/prng.h"
#include "json/reader.h"
#include "json/writer.h"

namespace reeve::json {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  escape(out, text);
  return out;
}

TEST(Writer, PutsCommasWhereTheyBelong) {
  std::string out;
  Writer w(out);
  w.begin_object().field("a", std::uint64_t{1}).key("b").begin_array().boolean(true).null().begin_object();
  w.end_object().begin_array().end_array().number(std::int64_t{-5}).end_array().field("c", "x").end_object();
  EXPECT_EQ(out, R"({"a":1,"b":[true,null,{},[],-5],"c":"x"})");
}

TEST(Writer, WritesFractionsWithTheDigitsAskedFor) {
  std::string out;
  Writer w(out);
  w.begin_array().number(0.00123, 6).number(1.0 / 0.0, 3).number(2.0, 0).end_array();
  EXPECT_EQ(out, "[0.001230,null,2]");
}

TEST(Writer, EscapesTheSameWhereverAByteStands) {
  const std::string around = "abcdefghijklmnopqrst";
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string alone(1, static_cast<char>(byte));
    for (std::size_t at = 0; at <= around.size(); ++at) {
      std::string text = around;
      text.insert(at, alone);
      ASSERT_EQ(escaped(text), around.substr(0, at) + escaped(alone) + around.substr(at))
          << byte << " " << at;
    }
  }
}

TEST(Writer, EscapesWhatJsonAndTerminalsMind) {
  EXPECT_EQ(escaped("a\"b\\c/\n\r\t\b\f"), R"(a\"b\\c/\n\r\t\b\f)");
  EXPECT_EQ(escaped(std::string_view("\0\x1b[31m\x7f", 7)), R"(\u0000\u001b[31m\u007f)");
  EXPECT_EQ(escaped("\xC2\x9B"), R"(\u009b)");
  EXPECT_EQ(escaped("\xC2\xA0"), "\xC2\xA0");
  EXPECT_EQ(escaped("grün 漢 😀"), "grün 漢 😀");
}

TEST(Writer, ReplacesWhatIsNoUtf8) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped("\xff"), mark);
  EXPECT_EQ(escaped("\xC0\xAF"), mark + mark);             // overlong
  EXPECT_EQ(escaped("\xED\xA0\x80"), mark + mark + mark);  // surrogate
  EXPECT_EQ(escaped("\xF0\x9F\x98"), mark);                // cut off: one for the longest valid beginning
  EXPECT_EQ(escaped("\xF0\x9F\x98x"), mark + "x");
  EXPECT_EQ(escaped("\xF4\x90\x80\x80"), mark + mark + mark + mark);
}

TEST(Writer, IntoFixedRoomSaysWhenItIsTooSmall) {
  char room[16];
  FixedBuffer buffer(room, sizeof room);
  FixedWriter(buffer).begin_object().field("k", "v").end_object();
  EXPECT_EQ(buffer.written(), R"({"k":"v"})");
  EXPECT_FALSE(buffer.overflowed());
  FixedWriter(buffer).string("much too long for it");
  EXPECT_TRUE(buffer.overflowed());
}

TEST(WriterAndReader, AgreeOnRandomBytes) {
  Prng random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::uint64_t n = random.below(40); n > 0; --n)
      text += static_cast<char>(random.chance(1, 3) ? random.below(256) : 0x20 + random.below(0x5f));
    std::string out;
    Writer(out).begin_array().string(text).end_array();
    const auto value = parse(out);
    ASSERT_TRUE(value) << out;
    std::string again;
    escape(again, value->items().at(0).string().value());
    EXPECT_EQ("[\"" + again + "\"]", out);
  }
}

TEST(Reader, FindsMembersAndForgivesAbsentOnes) {
  const auto v = parse(R"({"pid":42,"listen":["127.0.0.1:1"],"admin":null,"x":1.5,"ok":true})");
  ASSERT_TRUE(v);
  EXPECT_EQ((*v)["pid"].integer(), 42);
  EXPECT_EQ((*v)["listen"].items().at(0).string(), "127.0.0.1:1");
  EXPECT_TRUE((*v)["admin"].is_null());
  EXPECT_TRUE((*v)["none"]["deeper"].is_null());
  EXPECT_EQ((*v)["x"].number(), 1.5);
  EXPECT_EQ((*v)["ok"].boolean(), true);
}

TEST(Reader, RefusesWhatIsNoDocument) {
  for (const char* text : {"", "{", "{} {}", "{\"a\":}", "[1,]", "\"\xff\"", "nul"})
    EXPECT_FALSE(parse(text)) << text;
  EXPECT_FALSE(parse(std::string(100, '[') + std::string(100, ']')));
}

}  // namespace
}  // namespace reeve::json
