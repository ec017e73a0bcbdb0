// SPDX-License-Identifier: Apache-2.0
#include "json/writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace reeve::json {

namespace {

/// Bytes that stand for themselves: printable ASCII but '"' and '\'.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 0x20; c < 0x7f; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

/// The first byte from `i` on that does not stand for itself, looked for eight at a time: most texts have
/// none.
std::size_t plain_until(std::string_view text, std::size_t i) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  // Bytes below `n` (n ≤ 128) borrow into their high bit; exact as long as no byte of `word` has its own.
  const auto below = [](std::uint64_t word, std::uint64_t n) { return (word - kOnes * n) & ~word; };
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof word);
    const std::uint64_t other = word | below(word, 0x20) | below(word ^ kOnes * '"', 1) |
                                below(word ^ kOnes * '\\', 1) | below(word ^ kOnes * 0x7f, 1);
    if ((other & kHighs) != 0) break;
  }
  while (i < text.size() && kPlain[static_cast<unsigned char>(text[i])]) ++i;
  return i;
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kHex = "0123456789abcdef";

unsigned char byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

/// Length of the valid UTF-8 sequence at `i`, or 0 (Unicode 15, table 3-7). `bad` is then how many bytes one
/// replacement character stands for.
std::size_t sequence(std::string_view text, std::size_t i, std::size_t& bad) {
  const unsigned char lead = byte_at(text, i);
  bad = 1;
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (std::size_t k = 1; k < length; ++k) {
    if (i + k >= text.size()) return 0;
    const unsigned char next = byte_at(text, i + k);
    if (next < low || next > high) return 0;
    low = 0x80;
    high = 0xBF;
    bad = k + 1;
  }
  return length;
}

template <class Out>
void escape_ascii(Out& out, unsigned char c) {
  const auto put = [&](std::string_view text) { out.append(text.data(), text.size()); };
  switch (c) {
    case '"':
      return put("\\\"");
    case '\\':
      return put("\\\\");
    case '\b':
      return put("\\b");
    case '\f':
      return put("\\f");
    case '\n':
      return put("\\n");
    case '\r':
      return put("\\r");
    case '\t':
      return put("\\t");
    default:
      put("\\u00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
  }
}

}  // namespace

template <class Out>
void escape(Out& out, std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t run = plain_until(text, i);
    if (run != i) out.append(text.data() + i, run - i);
    i = run;
    if (i == text.size()) return;
    if (byte_at(text, i) < 0x80) {
      escape_ascii(out, byte_at(text, i++));
      continue;
    }
    std::size_t bad = 1;
    const std::size_t length = sequence(text, i, bad);
    if (length == 0) {
      out.append(kReplacement.data(), kReplacement.size());
      i += bad;
    } else if (length == 2 && byte_at(text, i) == 0xC2 && byte_at(text, i + 1) < 0xA0) {
      escape_ascii(out, byte_at(text, i + 1));  // C1: U+0080 to U+009F
      i += 2;
    } else {
      out.append(text.data() + i, length);
      i += length;
    }
  }
}

template <class Out>
void BasicWriter<Out>::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  const std::uint64_t bit = std::uint64_t{1} << (depth_ & 63);
  if (depth_ != 0 && (filled_ & bit) != 0) out_.push_back(',');
  filled_ |= bit;
}

template <class Out>
BasicWriter<Out>& BasicWriter<Out>::open(char bracket) {
  before_value();
  out_.push_back(bracket);
  ++depth_;
  filled_ &= ~(std::uint64_t{1} << (depth_ & 63));
  return *this;
}

template <class Out>
BasicWriter<Out>& BasicWriter<Out>::close(char bracket) {
  out_.push_back(bracket);
  --depth_;
  return *this;
}

template <class Out>
BasicWriter<Out>& BasicWriter<Out>::key(std::string_view name) {
  string(name);
  out_.push_back(':');
  after_key_ = true;
  return *this;
}

template <class Out>
BasicWriter<Out>& BasicWriter<Out>::string(std::string_view text) {
  before_value();
  out_.push_back('"');
  escape(out_, text);
  out_.push_back('"');
  return *this;
}

template <class Out>
BasicWriter<Out>& BasicWriter<Out>::number(std::uint64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return raw({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

template <class Out>
BasicWriter<Out>& BasicWriter<Out>::number(std::int64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return raw({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

template <class Out>
BasicWriter<Out>& BasicWriter<Out>::number(double value, int digits) {
  if (!std::isfinite(value)) return null();
  std::array<char, 400> text;  // the longest double has 309 digits before the point
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, digits);
  if (error != std::errc{}) return null();
  return raw({text.data(), static_cast<std::size_t>(end - text.data())});
}

template <class Out>
BasicWriter<Out>& BasicWriter<Out>::boolean(bool value) {
  return raw(value ? "true" : "false");
}

template <class Out>
BasicWriter<Out>& BasicWriter<Out>::null() {
  return raw("null");
}

template <class Out>
BasicWriter<Out>& BasicWriter<Out>::raw(std::string_view json) {
  before_value();
  append(json);
  return *this;
}

template void escape(std::string&, std::string_view);
template void escape(FixedBuffer&, std::string_view);
template class BasicWriter<std::string>;
template class BasicWriter<FixedBuffer>;

}  // namespace reeve::json
