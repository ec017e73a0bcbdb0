// SPDX-License-Identifier: Apache-2.0
// Messages: their form, their level, and how repeats are folded.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "app/stderr_messages.h"

namespace reeve::app {
namespace {

using policy::LogLevel;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

WallTime test_time{};
WallTime test_now() {
  return test_time;
}

struct MessagesTest : ::testing::Test {
  void SetUp() override {
    test_time = WallTime(std::chrono::seconds(1'700'000'000));
    ASSERT_EQ(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0);
    messages.emplace(ends[1], test_now);
  }
  void TearDown() override {
    messages.reset();
    for (int end : ends) ::close(end);
  }
  std::vector<std::string> lines() {
    std::array<char, 16 * 1024> room;
    const ssize_t n = ::read(ends[0], room.data(), room.size());
    std::vector<std::string> all;
    std::string_view text(room.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      all.emplace_back(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    return all;
  }
  std::array<int, 2> ends{-1, -1};
  std::optional<StderrMessages> messages;
};

TEST_F(MessagesTest, AreTimeLevelCodeText) {
  messages->say(LogLevel::Warn, "some-code", "A text.");
  EXPECT_THAT(lines(), ElementsAre("2023-11-14T22:13:20.000000Z warn some-code A text."));
}

TEST_F(MessagesTest, BeyondTheLevelAreLeftOut) {
  messages->level(LogLevel::Warn);
  messages->say(LogLevel::Info, "a", "x");
  messages->say(LogLevel::Debug, "a", "x");
  messages->say(LogLevel::Error, "a", "y");
  EXPECT_THAT(lines(), ElementsAre(EndsWith("error a y")));
}

TEST_F(MessagesTest, CannotActOnATerminalOrForgeALine) {
  messages->say(LogLevel::Info, "a", "x\n2023 error forged \x1b[31m \"quoted\"");
  const auto all = lines();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_THAT(all[0], AllOf(HasSubstr("x\\n2023"), HasSubstr("\\u001b[31m \"quoted\"")));
}

TEST_F(MessagesTest, EqualLinesAreWrittenOnceAndCounted) {
  for (int i = 0; i < 100; ++i) messages->say(LogLevel::Error, "a", "the same");
  EXPECT_THAT(lines(), SizeIs(1));
  test_time += std::chrono::seconds(11);
  messages->flush(false);
  EXPECT_THAT(lines(), ElementsAre(EndsWith("the same (99 lines like this left out)")));
  messages->flush(true);
  EXPECT_THAT(lines(), SizeIs(0));
}

TEST_F(MessagesTest, ARowOfOneCodeIsCutShort) {
  for (int i = 0; i < 100; ++i) messages->say(LogLevel::Error, "a", "number " + std::to_string(i));
  EXPECT_THAT(lines(), SizeIs(50));
  messages->say(LogLevel::Error, "b", "another code");
  EXPECT_THAT(lines(), ElementsAre(EndsWith("b another code")));
  test_time += std::chrono::seconds(10);
  messages->say(LogLevel::Error, "a", "later");
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("number 99 (50 lines like this"), EndsWith("a later")));
}

TEST_F(MessagesTest, WhatWasLeftOutIsToldAtTheEnd) {
  for (int i = 0; i < 3; ++i) messages->say(LogLevel::Error, "a", "x");
  lines();
  messages.reset();
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("(2 lines like this")));
}

TEST_F(MessagesTest, ManyCodesAreNotMixedUp) {
  for (int i = 0; i < 40; ++i) messages->say(LogLevel::Info, "code-" + std::to_string(i), "x");
  EXPECT_THAT(lines(), SizeIs(40));
}

}  // namespace
}  // namespace reeve::app
