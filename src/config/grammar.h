// SPDX-License-Identifier: Apache-2.0
// The small grammars of values (rules, 2): durations, sizes, percentages, names, times. Texts in, values or a
// flaw out; ranges belong to the schema. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace reeve::config {

struct Number {
  enum class Flaw : std::uint8_t { None, Syntax, TooLarge } flaw = Flaw::None;
  std::int64_t value = 0;

  bool ok() const { return flaw == Flaw::None; }
};

/// `[n](ms|s|m|h|d)`, a missing n is 1; in nanoseconds.
Number parse_duration(std::string_view text);
/// `n(B|KB|MB|GB|KiB|MiB|GiB)` or plain bytes.
Number parse_size(std::string_view text);
/// Decimal digits.
Number parse_integer(std::string_view text);
/// `n%`.
Number parse_percent(std::string_view text);
/// `n/duration`: how many in which time.
struct Rate {
  std::int64_t count;
  std::int64_t nanoseconds;
};
std::optional<Rate> parse_rate(std::string_view text);
/// RFC 3339 with zone, or a date (00:00 UTC).
std::optional<WallTime> parse_time(std::string_view text);

/// `[A-Za-z0-9][A-Za-z0-9._:@/-]*`, at most 128.
bool is_name(std::string_view text);

}  // namespace reeve::config
