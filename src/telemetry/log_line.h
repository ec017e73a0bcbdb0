// SPDX-License-Identifier: Apache-2.0
// One access log line: the contract's fields in the contract's order, as JSON, into memory that the caller
// gives. Runs on the reactor at the end of every logged request: no allocation, no clock, no lock.
#pragma once

#include <array>
#include <cstddef>

#include "telemetry/access_log.h"

namespace reeve::telemetry {

/// Writes times; remembers the last second's text, since all but one line in a thousand share it.
class TimeText {
 public:
  /// RFC 3339 with microseconds, 27 characters; valid until the next call.
  std::string_view of(WallTime time);

 private:
  std::int64_t second_ = INT64_MIN;
  std::array<char, 27> text_{};
};

/// The line with its line feed; its length, or 0 if `room` does not hold it.
std::size_t write_log_line(const AccessRecord& record, TimeText& time, char* out, std::size_t room);

}  // namespace reeve::telemetry
