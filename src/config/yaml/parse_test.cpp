// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/parse.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/prng.h"

namespace reeve::config::yaml {
namespace {

std::string place(SourcePos at) {
  return fmt::format("{}:{}", at.line, at.column);
}

/// Every node with its place, compactly.
std::string told(const Node& node) {
  std::string out = place(node.at);
  if (node.is_scalar()) return out + (node.plain ? "=" : "\"") + node.text;
  out += node.is_sequence() ? "[" : "{";
  for (const Node& item : node.items) out += " " + told(item);
  for (const Entry& entry : node.entries)
    out += " " + place(entry.key_at) + entry.key + ":" + told(entry.value);
  return out + (node.is_sequence() ? "]" : "}");
}

std::string parsed(std::string_view text) {
  const auto tree = parse(text, 0);
  return tree ? told(*tree) : place(tree.error().at) + " " + tree.error().text;
}

TEST(Yaml, KnowsWhereEverythingStands) {
  EXPECT_EQ(parsed("a: 1\nb:\n  - x\n  - { c: 'y', d: [ on ] }\n"),
            "1:1{ 1:1a:1:4=1 2:1b:3:3[ 3:5=x 4:5{ 4:7c:4:10\"y 4:15d:4:18[ 4:20=on]}]}");
}

TEST(Yaml, CountsColumnsInCharacters) {
  EXPECT_EQ(parsed("{ grün: 漢字, ß: x }"), "1:1{ 1:3grün:1:9=漢字 1:13ß:1:16=x}");
  EXPECT_EQ(parsed("\xEF\xBB\xBFk: v\r\nl: w\r\n"), "1:1{ 1:1k:1:4=v 2:1l:2:4=w}");
}

TEST(Yaml, KeepsTextsAsWritten) {
  EXPECT_EQ(parsed("[ on, 18:00, 1e5, ~, \"a\\tb\", 'it''s' ]"),
            "1:1[ 1:3=on 1:7=18:00 1:14=1e5 1:19=~ 1:22\"a\tb 1:30\"it's]");
  EXPECT_EQ(parsed("a: |\n  x\n  y\nb: >-\n  p\n  q\n"), "1:1{ 1:1a:1:4\"x\ny\n 4:1b:4:4\"p q}");
}

/// The text of the only value of `{ a: … }`.
std::string value_of(const std::string& scalar, bool flow) {
  const auto tree = parse(flow ? "{ a: " + scalar + " }\n" : "a: " + scalar + "\n", 0);
  if (!tree) return "no YAML: " + tree.error().text;
  return tree->entries[0].value.text;
}

TEST(Yaml, ReadsEveryQuoteInASingleQuotedText) {
  for (const bool flow : {false, true}) {
    for (std::size_t pairs = 0; pairs < 40; ++pairs) {
      std::string quotes;
      for (std::size_t i = 0; i < pairs; ++i) quotes += "''";
      EXPECT_EQ(value_of("'" + quotes + "x'", flow), std::string(pairs, '\'') + "x") << pairs;
      EXPECT_EQ(value_of("'x" + quotes + "'", flow), "x" + std::string(pairs, '\'')) << pairs;
    }
    EXPECT_EQ(value_of("'a''''b''''c''''d''''e''''f''''g'", flow), "a''b''c''d''e''f''g");
    EXPECT_EQ(value_of("'it''s  \n  folded\n\n\n  ''here'' '", flow), "it's folded\n\n'here' ");
    EXPECT_EQ(value_of("'a\r\n b'", flow), "a b");
  }
}

// Both kinds of quotes fold alike, and double quotes are the library's to read.
TEST(Yaml, FoldsSingleQuotedTextsAsDoubleQuotedOnes) {
  Prng prng(20261124);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (std::uint64_t left = prng.below(12); left > 0; --left) text += "ab  \t\n\n"[prng.below(8)];
    if (text.find("\n\t") != std::string::npos) continue;  // a tab may not indent
    const std::string twice = value_of("\"" + text + "\"", true);
    EXPECT_EQ(value_of("'" + text + "'", true), twice) << text;
  }
}

TEST(Yaml, AnEmptyFileIsAnEmptyMapping) {
  EXPECT_EQ(parsed(""), "1:1{}");
  EXPECT_EQ(parsed("# nothing\n"), "1:1{}");
}

TEST(Yaml, AValueThatIsNotThereStandsAtItsKey) {
  EXPECT_EQ(parsed("a:\nb: 1"), "1:1{ 1:1a:1:1= 2:1b:2:4=1}");
}

TEST(Yaml, CopiesAliasesWithTheirOrigin) {
  EXPECT_EQ(parsed("a: &x [ 1, 2 ]\nb: *x\nc: &y v\nd: *y"),
            "1:1{ 1:1a:1:7[ 1:9=1 1:12=2] 2:1b:1:7[ 1:9=1 1:12=2] 3:1c:3:7=v 4:1d:3:7=v}");
}

TEST(Yaml, RefusesWhatItDoesNotWant) {
  EXPECT_EQ(parsed("a: 1\n---\nb: 2\n"), "2:1 a second document begins here");
  EXPECT_EQ(parsed("a: *x"), "1:5 no anchor &x comes before this alias");
  EXPECT_EQ(parsed("a: &x { b: *x }"), "1:13 the alias *x stands inside its own anchor");
  EXPECT_EQ(parsed("a: !mine 1"), "1:4 the tag !mine is not part of YAML 1.2 core");
  EXPECT_EQ(parsed("a: !!str 1").substr(0, 4), "1:1{");
  EXPECT_EQ(parsed("? [ a ]\n: b"), "1:3 a key must be a text, not a list or a mapping");
  EXPECT_EQ(parsed("a: \"\xff\"").substr(0, 3), "1:5");
  EXPECT_EQ(parsed(std::string_view("a: \0b", 5)).substr(0, 3), "1:4");
  EXPECT_EQ(parsed(std::string(70, '[') + std::string(70, ']')).substr(0, 4), "1:65");
}

TEST(Yaml, SyntaxErrorsHaveAPlace) {
  EXPECT_EQ(parsed("a: 1\nb: [ 1, 2\nc: 3\n").substr(0, 3), "4:1");
  EXPECT_EQ(parsed("a: 1\n  b: 2\n").substr(0, 3), "1:4");
  EXPECT_EQ(parsed("a: \"open\n").substr(0, 2), "1:");
  EXPECT_EQ(parsed("a: 1\n\tb: 2\n").substr(0, 3), "1:4");
}

TEST(Yaml, BoundsExpansion) {
  std::string laughs = "a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]\n";
  for (int i = 1; i < 9; ++i) {
    laughs += fmt::format("a{}: &a{} [ ", i, i);
    for (int k = 0; k < 10; ++k) laughs += fmt::format("*a{}{}", i - 1, k < 9 ? ", " : "");
    laughs += " ]\n";
  }
  EXPECT_NE(parsed(laughs).find("aliases expand to more than"), std::string::npos);
}

TEST(Yaml, RandomMutationsNeverCrash) {
  const std::string seed_text =
      "a: &x { b: [ 1, 'two', \"th\\x41ree\" ] }\nc: *x\nd: |\n  text\n  more\n? e\n: >-\n  folded\nf: [ { "
      "g: ~ }, - ]\n";
  Prng random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string text = seed_text;
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n) {
      const std::size_t at = random.below(text.size());
      switch (random.below(3)) {
        case 0:
          text[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          text.erase(at, 1 + random.below(8));
          break;
        default:
          text.insert(at, text.substr(random.below(text.size()), random.below(12)));
      }
      if (text.empty()) text = "x";
    }
    const auto tree = parse(text, 0);
    if (!tree) {
      EXPECT_GE(tree.error().at.line, 1u) << text;
      EXPECT_GE(tree.error().at.column, 1u) << text;
    }
  }
}

}  // namespace
}  // namespace reeve::config::yaml
