// SPDX-License-Identifier: Apache-2.0
// Lines for operators on standard error: `time level code text` (rules, 1). What repeats is written once and
// then counted: a row of equal codes that would fill the disk becomes one line a while. Any thread; made
// first and destroyed last in `run`.
#pragma once

#include <array>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "control/parts.h"

namespace reeve::app {

class StderrMessages final : public control::Messages {
 public:
  using WallClock = WallTime (*)();
  /// `descriptor` is written to; tests give a pipe and a clock of their own.
  explicit StderrMessages(int descriptor = 2, WallClock now = nullptr);
  ~StderrMessages() override;

  void level(policy::LogLevel most);
  void say(policy::LogLevel level, std::string_view code, std::string_view text) override;
  /// Writes how often was left out what has repeated; when time has passed for it, or with `all` in any case.
  void flush(bool all);

 private:
  // Long enough to calm a row of errors, short enough that an operator who watches sees that it goes on.
  static constexpr Duration kWindow = std::chrono::seconds(10);
  // Lines of one code that differ (findings of a file, targets of an upstream) are written up to here in a
  // window.
  static constexpr unsigned kFirst = 50;
  struct Row {
    std::string code;
    std::string last_text;
    policy::LogLevel level = policy::LogLevel::Info;
    WallTime since{};
    unsigned seen = 0;
    unsigned left_out = 0;
  };

  Row& row_of(std::string_view code, WallTime now);
  void close_window(Row& row, WallTime now);
  void write(WallTime time, policy::LogLevel level, std::string_view code, std::string_view text);

  const int descriptor_;
  const WallClock now_;
  std::mutex mutex_;  // all below
  policy::LogLevel most_ = policy::LogLevel::Info;
  std::array<Row, 16> rows_;
};

}  // namespace reeve::app
