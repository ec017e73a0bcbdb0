// SPDX-License-Identifier: Apache-2.0
#include "identity/wrapping.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "identity/key_format.h"

namespace reeve::identity {

namespace {

/// The longest word that is taken for a scheme.
constexpr std::size_t kSchemeMax = 32;

constexpr std::array<std::string_view, 9> kWhite = {" ",
                                                    "\t",
                                                    "\n",
                                                    "\r",
                                                    "\v",
                                                    "\f",
                                                    "\xc2\xa0" /* no-break space */,
                                                    "\xe2\x80\x8b" /* of no width */,
                                                    "\xef\xbb\xbf" /* byte order mark */};
constexpr std::array<std::string_view, 10> kQuotes = {
    "\"",           "'",        "`",       "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "\xe2\x80\x98",
    "\xe2\x80\x99", "\xc2\xab", "\xc2\xbb"};

template <std::size_t N>
bool take_off(std::string_view& text, const std::array<std::string_view, N>& marks) {
  const std::size_t before = text.size();
  for (const std::string_view mark : marks) {
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
    if (text.ends_with(mark)) text.remove_suffix(mark.size());
  }
  return text.size() != before;
}

/// `Bearer `, `Token: `: a word of letters, digits and '-', a colon perhaps, white space.
bool take_off_scheme(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && end < kSchemeMax &&
         (ascii::is_alpha(text[end]) || ascii::is_digit(text[end]) || text[end] == '-'))
    ++end;
  if (end == 0) return false;
  if (end < text.size() && text[end] == ':') ++end;
  if (end >= text.size() || (text[end] != ' ' && text[end] != '\t')) return false;
  text.remove_prefix(end + 1);
  return true;
}

}  // namespace

Unwrapped unwrap(std::string_view text) {
  bool quotes = false;
  bool scheme = false;
  bool white = false;
  for (;;) {
    if (take_off(text, kWhite)) {
      white = true;
    } else if (take_off(text, kQuotes)) {
      quotes = true;
    } else if (take_off_scheme(text)) {
      scheme = true;
    } else {
      break;
    }
  }
  if (scheme) return {text, "a scheme word stands before the key, where only the key belongs"};
  if (quotes) return {text, "the key stands in quotes"};
  if (white) return {text, "white space stands around the key"};
  return {text};
}

bool holds_key_token(std::string_view text) {
  const auto in_word = [](char c) { return is_base62(c) || c == '_'; };
  for (std::size_t at = text.find(kKeyMark); at != std::string_view::npos; at = text.find(kKeyMark, at + 1)) {
    const std::size_t behind = at + kKeyMark.size();
    if ((at == 0 || !in_word(text[at - 1])) && behind < text.size() && is_base62(text[behind])) return true;
  }
  return false;
}

std::optional<std::string> without_keys(std::string_view text) {
  std::optional<std::string> hidden;
  std::size_t from = 0;
  for (std::size_t at = text.find(kKeyMark); at != std::string_view::npos; at = text.find(kKeyMark, at + 1)) {
    const std::string_view prefix = text.substr(at, kKeyPrefixSize);
    std::size_t end = at + kKeyPrefixSize;
    if (prefix != prefix_of(policy::KeyEnvironment::Live) &&
        prefix != prefix_of(policy::KeyEnvironment::Test))
      continue;
    while (end < text.size() && is_base62(text[end])) ++end;
    if (end == at + kKeyPrefixSize) continue;
    if (!hidden) hidden.emplace();
    hidden->append(text.substr(from, at + kKeyPrefixSize - from)).push_back('*');
    from = end;
  }
  if (hidden) hidden->append(text.substr(from));
  return hidden;
}

}  // namespace reeve::identity
