// SPDX-License-Identifier: Apache-2.0
#include "app/stderr_messages.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "json/writer.h"

namespace reeve::app {

namespace {

WallTime system_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

constexpr std::array<std::string_view, 4> kLevels{"error", "warn", "info", "debug"};

/// Requests and files are quoted in messages: nothing may act on a terminal or begin a line.
void append_safe(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::size_t mark = std::min(text.find_first_of("\"\\"), text.size());
    json::escape(out, text.substr(0, mark));
    if (mark == text.size()) return;
    out.push_back(text[mark]);
    text.remove_prefix(mark + 1);
  }
}

}  // namespace

StderrMessages::StderrMessages(int descriptor, WallClock now)
    : descriptor_(descriptor), now_(now == nullptr ? system_now : now) {}

StderrMessages::~StderrMessages() {
  flush(true);
}

void StderrMessages::level(policy::LogLevel most) {
  const std::lock_guard lock(mutex_);
  most_ = most;
}

StderrMessages::Row& StderrMessages::row_of(std::string_view code, WallTime now) {
  Row* oldest = &rows_[0];
  for (Row& row : rows_) {
    if (row.code == code) return row;
    if (row.since < oldest->since) oldest = &row;
  }
  close_window(*oldest, now);
  oldest->code = code;
  return *oldest;
}

void StderrMessages::close_window(Row& row, WallTime now) {
  if (row.left_out != 0)
    write(now, row.level, row.code,
          fmt::format("{} ({} {} like this left out)", row.last_text, row.left_out,
                      row.left_out == 1 ? "line" : "lines"));
  row.seen = row.left_out = 0;
  row.since = now;
}

void StderrMessages::say(policy::LogLevel level, std::string_view code, std::string_view text) {
  const WallTime now = now_();
  const std::lock_guard lock(mutex_);
  if (level > most_) return;
  Row& row = row_of(code, now);
  if (now - row.since >= kWindow) close_window(row, now);
  const bool same = row.seen != 0 && row.last_text == text;
  row.level = level;
  row.last_text = text;
  ++row.seen;
  if (same || row.seen > kFirst) {
    ++row.left_out;
    return;
  }
  write(now, level, code, text);
}

void StderrMessages::flush(bool all) {
  const WallTime now = now_();
  const std::lock_guard lock(mutex_);
  for (Row& row : rows_)
    if (row.left_out != 0 && (all || now - row.since >= kWindow)) close_window(row, now);
}

void StderrMessages::write(WallTime time, policy::LogLevel level, std::string_view code,
                           std::string_view text) {
  std::string line =
      fmt::format("{} {} {} ", to_rfc3339(time), kLevels[static_cast<std::size_t>(level)], code);
  append_safe(text, line);
  line.push_back('\n');
  // One write a line, so that lines of several processes do not mix; nobody to tell when it fails.
  [[maybe_unused]] const ssize_t n = ::write(descriptor_, line.data(), line.size());
}

}  // namespace reeve::app
