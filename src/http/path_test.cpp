// SPDX-License-Identifier: Apache-2.0
// The normal form of paths: examples of every rule, and properties against a slow reference that follows the
// text of the rules step by step.
#include "http/path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/ascii.h"
#include "base/prng.h"

namespace reeve::http {
namespace {

std::vector<std::string> segments(const Path& path) {
  std::vector<std::string> list;
  for (const std::string_view segment : path.segments) list.emplace_back(segment);
  return list;
}

TEST(Path, NormalFormByExample) {
  struct Case {
    const char* raw;
    const char* normal;
  };
  const Case cases[] = {
      {"/", "/"},
      {"/a", "/a"},
      {"/a/", "/a/"},
      {"/a/b/c", "/a/b/c"},
      {"//", "/"},
      {"///a///b//", "/a/b/"},
      {"/./a", "/a"},
      {"/a/.", "/a/"},
      {"/a/./", "/a/"},
      {"/a/..", "/"},
      {"/a/b/..", "/a/"},
      {"/a/b/../", "/a/"},
      {"/a/b/../c", "/a/c"},
      {"/..", "/"},
      {"/../../a", "/a"},
      {"/a//../b", "/b"},
      {"/a/..//b", "/b"},
      {"/.", "/"},
      {"/%41%7a%2d%2E%5f%7E", "/Az-._~"},
      {"/%2e%2e/a", "/a"},
      {"/a/%2e%2E/b", "/b"},
      {"/a/%2e", "/a/"},
      {"/a%20b%2fc", "/a%20b%2Fc"},
      {"/%c3%a9", "/%C3%A9"},
      {"/%25%32%65", "/%252e"},
      {"/%252e%252e/a", "/%252e%252e/a"},
      {"/...", "/..."},
      {"/.a/..b/c..", "/.a/..b/c.."},
      {"/a;b=c/;d", "/a;b=c/;d"},
      {"/a:b@c!$&'()*+,=", "/a:b@c!$&'()*+,="},
      {"/\"<>^`{|}[]", "/\"<>^`{|}[]"},
      {"/A/a", "/A/a"},
  };
  for (const Case& c : cases) {
    Path path;
    ASSERT_EQ(normalise(c.raw, path), PathFlaw::None) << c.raw;
    EXPECT_EQ(path.text, c.normal) << c.raw;
  }
}

TEST(Path, RefusesByExample) {
  struct Case {
    std::string raw;
    PathFlaw flaw;
  };
  const Case cases[] = {
      {"/%", PathFlaw::BadPercent},
      {"/%4", PathFlaw::BadPercent},
      {"/%4g", PathFlaw::BadPercent},
      {"/a%/b", PathFlaw::BadPercent},
      {"/%u0041", PathFlaw::BadPercent},
      {"/%00", PathFlaw::EncodedNul},
      {"/a/%00/..", PathFlaw::EncodedNul},
      {"/a\\b", PathFlaw::Backslash},
      {"/%5c", PathFlaw::Backslash},
      {"/..%5C..", PathFlaw::Backslash},
      {"/a#b", PathFlaw::BadByte},
      {"/a b", PathFlaw::BadByte},
      {"/a\x7f", PathFlaw::BadByte},
      {"/\xc3\xa9", PathFlaw::BadByte},
      {"/a\tb", PathFlaw::BadByte},
      {std::string("/a\0b", 4), PathFlaw::BadByte},
      {"/.;x/a", PathFlaw::DotParameter},
      {"/a/..;/b", PathFlaw::DotParameter},
      {"/..;x=y", PathFlaw::DotParameter},
      {"/%2e;x", PathFlaw::DotParameter},
      {"/%2e%2e;/a", PathFlaw::DotParameter},
      {"/a/../.;/b", PathFlaw::DotParameter},
      {"", PathFlaw::BadByte},
      {"a", PathFlaw::BadByte},
      {"*", PathFlaw::BadByte},
  };
  for (const Case& c : cases) {
    Path path;
    EXPECT_EQ(normalise(c.raw, path), c.flaw) << c.raw;
    EXPECT_TRUE(path.segments.empty()) << c.raw;
    EXPECT_FALSE(describe(c.flaw).empty());
  }
}

TEST(Path, CutsSegments) {
  Path path;
  ASSERT_EQ(normalise("/a/b", path), PathFlaw::None);
  EXPECT_THAT(segments(path), testing::ElementsAre("a", "b"));
  ASSERT_EQ(normalise("/", path), PathFlaw::None);
  EXPECT_THAT(segments(path), testing::ElementsAre(""));
  ASSERT_EQ(normalise("/a/", path), PathFlaw::None);
  EXPECT_THAT(segments(path), testing::ElementsAre("a", ""));
  ASSERT_EQ(normalise("//%61/../b//", path), PathFlaw::None);
  EXPECT_THAT(segments(path), testing::ElementsAre("b", ""));
}

TEST(Path, EncodedSlashIsDataOfItsSegment) {
  Path path;
  ASSERT_EQ(normalise("/a%2Fb/c", path), PathFlaw::None);
  EXPECT_TRUE(path.encoded_slash);
  EXPECT_THAT(segments(path), testing::ElementsAre("a%2Fb", "c"));
  ASSERT_EQ(normalise("/a%2fb/c", path), PathFlaw::None);
  EXPECT_TRUE(path.encoded_slash);
  ASSERT_EQ(normalise("/..%2F..%2Fc", path), PathFlaw::None);
  EXPECT_EQ(path.text, "/..%2F..%2Fc");
  // A segment that is gone is forwarded to nobody.
  ASSERT_EQ(normalise("/a%2Fb/../c", path), PathFlaw::None);
  EXPECT_FALSE(path.encoded_slash);
  ASSERT_EQ(normalise("/c", path), PathFlaw::None);
  EXPECT_FALSE(path.encoded_slash);
}

TEST(Path, WhatIsNormalIsNotCopied) {
  const std::string raw = "/a/b%20c/%2F/";
  Path path;
  ASSERT_EQ(normalise(raw, path), PathFlaw::None);
  EXPECT_EQ(path.text.data(), raw.data());
  EXPECT_TRUE(path.storage.empty());
}

// The rules, word for word: split, decode, refuse, drop empty segments, remove dot segments.
std::string reference(std::string_view raw) {
  std::vector<std::string> parts;
  std::size_t begin = 1;
  for (;;) {
    const std::size_t stop = raw.find('/', begin);
    parts.emplace_back(raw.substr(begin, stop - begin));
    if (stop == std::string_view::npos) break;
    begin = stop + 1;
  }
  for (std::string& part : parts) {
    std::string decoded;
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto byte = static_cast<unsigned char>(part[i]);
      if (byte <= 0x20 || byte >= 0x7f || byte == '#' || byte == '\\') return "refused";
      if (byte != '%') {
        decoded += part[i];
        continue;
      }
      if (part.size() - i < 3) return "refused";
      const int high = ascii::hex_value(part[i + 1]);
      const int low = ascii::hex_value(part[i + 2]);
      if (high < 0 || low < 0) return "refused";
      const char c = static_cast<char>(high * 16 + low);
      if (c == '\0' || c == '\\') return "refused";
      if (ascii::is_alpha(c) || ascii::is_digit(c) ||
          std::string_view("-._~").find(c) != std::string_view::npos) {
        decoded += c;
      } else {
        decoded += '%';
        decoded += "0123456789ABCDEF"[high];
        decoded += "0123456789ABCDEF"[low];
      }
      i += 2;
    }
    if (decoded.starts_with(".;") || decoded.starts_with("..;")) return "refused";
    part = decoded;
  }
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (!parts[i].empty() || i + 1 == parts.size()) kept.push_back(parts[i]);
  std::vector<std::string> result;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const bool last = i + 1 == kept.size();
    if (kept[i] == "..") {
      if (!result.empty()) result.pop_back();
    } else if (kept[i] != ".") {
      result.push_back(kept[i]);
      continue;
    }
    if (last) result.emplace_back();
  }
  std::string text;
  for (const std::string& part : result) text += "/" + part;
  return text;
}

TEST(Path, AgreesWithTheRulesWordForWord) {
  constexpr std::uint64_t kSeed = 42;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Prng random(kSeed);
  const std::string_view words[] = {"/",   "/",   "/",   ".",   "..",  "a",   "B",    "%2e",
                                    "%2F", "%2f", "%41", "%5c", "%00", ";",   "%",    "%c3",
                                    "#",   "\\",  "~",   "%25", "//",  "/./", "/../", "x"};
  for (int round = 0; round < 50000; ++round) {
    std::string raw = "/";
    for (std::uint64_t n = random.below(9); n != 0; --n) {
      // Most words are harmless, so that long paths come through.
      const std::size_t range = random.chance(1, 6) ? std::size(words) : 11;
      raw += words[random.below(range)];
    }
    Path path;
    const PathFlaw flaw = normalise(raw, path);
    const std::string got = flaw == PathFlaw::None ? std::string(path.text) : "refused";
    ASSERT_EQ(got, reference(raw)) << raw;
    if (flaw != PathFlaw::None) continue;
    Path again;
    ASSERT_EQ(normalise(got, again), PathFlaw::None) << raw;
    ASSERT_EQ(again.text, got) << "the normal form of a normal form is itself: " << raw;
    ASSERT_EQ(segments(again), segments(path)) << raw;
    ASSERT_EQ(again.encoded_slash, path.encoded_slash) << raw;
  }
}

}  // namespace
}  // namespace reeve::http
