// SPDX-License-Identifier: Apache-2.0
// Where access log lines go: standard output, a file, or nowhere. Opened on the control thread, so that a
// destination that cannot be written is found before a configuration is published; written by the log's
// thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace reeve::telemetry {

/// `stdout`, `off`, or `file:/absolute/path`, opened for appending.
class LogSink {
 public:
  /// Nowhere.
  LogSink() = default;
  LogSink(LogSink&& other) noexcept;
  LogSink& operator=(LogSink&& other) noexcept;
  ~LogSink();

  /// The error says what is wrong with the destination.
  static std::expected<LogSink, std::string> open(std::string_view destination);

  bool off() const { return fd_ < 0; }
  enum class Outcome : unsigned char { Written, Blocked, Failed };
  /// Writes from `bytes` what goes without blocking for longer than `patience_ms`, and takes it off.
  Outcome write(std::string_view& bytes, int patience_ms);
  /// errno of the last failure.
  int error() const { return error_; }

 private:
  LogSink(int fd, bool owned, bool socket = false) : fd_(fd), owned_(owned), socket_(socket) {}
  static LogSink standard_output();
  int fd_ = -1;
  bool owned_ = false;
  bool socket_ = false;
  int error_ = 0;
};

}  // namespace reeve::telemetry
