// SPDX-License-Identifier: Apache-2.0
#include "config/grammar.h"

#include <gtest/gtest.h>

#include "config/path_grammar.h"
#include "config/suggest.h"

namespace reeve::config {
namespace {

TEST(Grammar, Durations) {
  EXPECT_EQ(parse_duration("250ms").value, 250'000'000);
  EXPECT_EQ(parse_duration("m").value, 60'000'000'000);
  EXPECT_EQ(parse_duration("0s").value, 0);
  EXPECT_EQ(parse_duration("2d").value, 172'800'000'000'000);
  for (const char* text : {"", "5", "5 s", "1.5s", "-1s", "5S", "5sec", "s5"})
    EXPECT_EQ(parse_duration(text).flaw, Number::Flaw::Syntax) << text;
  for (const char* text : {"9999999999d", "99999999999999999999s"})
    EXPECT_EQ(parse_duration(text).flaw, Number::Flaw::TooLarge) << text;
}

TEST(Grammar, Sizes) {
  EXPECT_EQ(parse_size("12").value, 12);
  EXPECT_EQ(parse_size("12B").value, 12);
  EXPECT_EQ(parse_size("2KB").value, 2000);
  EXPECT_EQ(parse_size("2KiB").value, 2048);
  EXPECT_EQ(parse_size("3GiB").value, 3LL << 30);
  for (const char* text : {"", "KiB", "1kb", "1 MB", "-1", "1TB"})
    EXPECT_EQ(parse_size(text).flaw, Number::Flaw::Syntax) << text;
}

TEST(Grammar, PercentagesRatesNames) {
  EXPECT_EQ(parse_percent("50%").value, 50);
  EXPECT_FALSE(parse_percent("50").ok());
  EXPECT_EQ(parse_rate("100/1m")->count, 100);
  EXPECT_EQ(parse_rate("100/m")->nanoseconds, 60'000'000'000);
  EXPECT_FALSE(parse_rate("100"));
  EXPECT_TRUE(is_name("a.b_c:d@e/f-0"));
  EXPECT_TRUE(is_name(std::string(128, 'a')));
  for (const std::string& text :
       {std::string(), std::string("-a"), std::string("a b"), std::string("ä"), std::string(129, 'a')})
    EXPECT_FALSE(is_name(text)) << text;
}

TEST(Grammar, Times) {
  const auto seconds = [](std::string_view text) {
    return std::chrono::duration_cast<std::chrono::seconds>(parse_time(text).value().time_since_epoch())
        .count();
  };
  EXPECT_EQ(seconds("1970-01-02"), 86400);
  EXPECT_EQ(seconds("2026-11-24T10:00:00Z"), 1795514400);
  EXPECT_EQ(seconds("2026-11-24T11:00:00+01:00"), 1795514400);
  EXPECT_EQ(seconds("2026-11-24T09:30:00.5-00:30"), 1795514400);
  for (const char* text : {"", "2026", "2026-02-30", "2026-11-24T10:00:00", "2026-11-24T25:00:00Z",
                           "2026-11-24T10:00Z", "2026-11-24T10:00:00.Z", "2026-11-24Z", "9999-01-01"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(PathTemplates, AreTakenApart) {
  const auto pattern = parse_path_template("/a/{x}/{y-1}:run/{rest...}");
  ASSERT_TRUE(pattern);
  ASSERT_EQ(pattern->segments.size(), 4u);
  EXPECT_EQ(pattern->segments[2].text, ":run");
  EXPECT_EQ(pattern->parameter("rest"), 2);
  EXPECT_EQ(pattern->parameter("a"), -1);
  EXPECT_EQ(parse_path_template("/")->segments.size(), 1u);
  EXPECT_EQ(parse_path_template("/a/")->segments.back().text, "");
  EXPECT_TRUE(parse_path_template("/%E4/a:b"));
  EXPECT_TRUE(parse_path_template("/{r...}"));
}

TEST(PathTemplates, NameTheNormalForm) {
  EXPECT_EQ(parse_path_template("/a/../b/%7e").error().fix, "write /b/~");
  EXPECT_EQ(parse_path_template("//a//{x}/%c3").error().fix, "write /a/{x}/%C3");
  EXPECT_EQ(parse_path_template("a/b").error().fix, "write /a/b");
  EXPECT_EQ(parse_path_template("/a?b=c").error().fix, "write /a; `match.query` asks for parameters");
  for (const char* text : {"",      "/{",    "/}",       "/{}",       "/{1}",      "/{a b}",   "/x{a}",
                           "/{a}x", "/{a}:", "/{a}:{b}", "/{a...}/b", "/{a...}:v", "/{a}/{a}", "/a\\b",
                           "/%00",  "/%zz",  "/ä",       "/a b",      "/a#b",      "/.;x"})
    EXPECT_FALSE(parse_path_template(text)) << text;
}

TEST(Suggest, TheNearestNameIfItIsNearEnough) {
  constexpr std::string_view kNames[] = {"routes", "roles", "listen"};
  EXPECT_EQ(nearest("rotes", kNames), "routes");
  EXPECT_EQ(nearest("listne", kNames), "listen");
  EXPECT_EQ(nearest("upstreams", kNames), std::nullopt);
  EXPECT_EQ(alternatives(kNames), "`routes`, `roles` or `listen`");
}

}  // namespace
}  // namespace reeve::config
