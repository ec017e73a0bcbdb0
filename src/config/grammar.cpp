// SPDX-License-Identifier: Apache-2.0
#include "config/grammar.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/ascii.h"

namespace reeve::config {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 5> kTimes{{{"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"d", 86'400'000'000'000}}};
constexpr std::array<Unit, 8> kSizes{{{"", 1},
                                      {"B", 1},
                                      {"KB", 1000},
                                      {"MB", 1'000'000},
                                      {"GB", 1'000'000'000},
                                      {"KiB", 1024},
                                      {"MiB", 1024 * 1024},
                                      {"GiB", 1024 * 1024 * 1024}}};

Number times(std::string_view digits, std::string_view unit, std::span<const Unit> units) {
  const auto found = std::ranges::find(units, unit, &Unit::name);
  if (found == units.end()) return {Number::Flaw::Syntax};
  Number number = parse_integer(digits);
  if (!number.ok()) return number;
  if (__builtin_mul_overflow(number.value, found->factor, &number.value)) return {Number::Flaw::TooLarge};
  return number;
}

std::size_t digits_of(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && ascii::is_digit(text[n])) ++n;
  return n;
}

/// Takes exactly `count` digits and then `separator` (unless 0) from the front.
std::optional<int> take(std::string_view& text, std::size_t count, char separator) {
  if (digits_of(text) < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value * 10 + (text[i] - '0');
  text.remove_prefix(count);
  if (separator != 0) {
    if (text.empty() || text[0] != separator) return std::nullopt;
    text.remove_prefix(1);
  }
  return value;
}

/// `Z`, `+hh:mm` or `-hh:mm`, the whole of `text`.
std::optional<std::chrono::minutes> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = take(text, 2, ':');
  const auto minutes = hours ? take(text, 2, 0) : std::nullopt;
  if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  return std::chrono::minutes(sign * (*hours * 60 + *minutes));
}

}  // namespace

Number parse_integer(std::string_view text) {
  if (text.empty() || digits_of(text) != text.size()) return {Number::Flaw::Syntax};
  const auto value = ascii::parse_decimal<std::int64_t>(text);
  if (!value) return {Number::Flaw::TooLarge};
  return {Number::Flaw::None, *value};
}

Number parse_duration(std::string_view text) {
  const std::size_t digits = digits_of(text);
  return times(digits == 0 ? "1" : text.substr(0, digits), text.substr(digits), kTimes);
}

Number parse_size(std::string_view text) {
  const std::size_t digits = digits_of(text);
  return times(text.substr(0, digits), text.substr(digits), kSizes);
}

Number parse_percent(std::string_view text) {
  if (!text.ends_with('%')) return {Number::Flaw::Syntax};
  return parse_integer(text.substr(0, text.size() - 1));
}

std::optional<Rate> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const Number count = parse_integer(text.substr(0, slash));
  const Number time = parse_duration(text.substr(slash + 1));
  if (!count.ok() || !time.ok()) return std::nullopt;
  return Rate{count.value, time.value};
}

std::optional<WallTime> parse_time(std::string_view text) {
  const auto year = take(text, 4, '-');
  const auto month = year ? take(text, 2, '-') : std::nullopt;
  const auto day = month ? take(text, 2, 0) : std::nullopt;
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // WallTime holds nanoseconds in 64 bits: 1678 to 2261.
  if (!date.ok() || *year < 1678 || *year > 2261) return std::nullopt;
  const WallTime midnight = std::chrono::sys_days(date);
  if (text.empty()) return midnight;
  if (text[0] != 'T' && text[0] != 't' && text[0] != ' ') return std::nullopt;
  text.remove_prefix(1);
  const auto hour = take(text, 2, ':');
  const auto minute = hour ? take(text, 2, ':') : std::nullopt;
  const auto second = minute ? take(text, 2, 0) : std::nullopt;
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::int64_t nanoseconds = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::size_t digits = digits_of(text);
    if (digits == 0) return std::nullopt;
    for (std::size_t i = 0; i < 9; ++i) nanoseconds = nanoseconds * 10 + (i < digits ? text[i] - '0' : 0);
    text.remove_prefix(digits);
  }
  const auto offset = parse_offset(text);
  if (!offset) return std::nullopt;
  return midnight + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) + Duration(nanoseconds) - *offset;
}

bool is_name(std::string_view text) {
  constexpr std::size_t kLongest = 128;
  constexpr std::string_view kMarks = "._:@/-";
  if (text.empty() || text.size() > kLongest) return false;
  const auto plain = [](char c) { return ascii::is_alpha(c) || ascii::is_digit(c); };
  return plain(text[0]) && std::ranges::all_of(text, [&](char c) { return plain(c) || kMarks.contains(c); });
}

}  // namespace reeve::config
