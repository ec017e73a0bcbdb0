// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/single_quoted.h"

namespace reeve::config::yaml {

namespace {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
constexpr bool is_break(char c) {
  return c == '\n' || c == '\r';
}

}  // namespace

std::string single_quoted(std::string_view text, std::size_t begin) {
  std::string out;
  std::size_t line = 0;  // where in `out` this line begins: white space before it was folded already
  for (std::size_t at = begin; at < text.size();) {
    const char c = text[at];
    if (c == '\'') {
      if (at + 1 >= text.size() || text[at + 1] != '\'') break;
      out += '\'';
      at += 2;
      continue;
    }
    if (!is_break(c)) {
      out += c;
      ++at;
      continue;
    }
    while (out.size() > line && is_blank(out.back())) out.pop_back();
    std::size_t breaks = 0;
    while (at < text.size() && (is_break(text[at]) || is_blank(text[at]))) {
      const bool crlf = text.substr(at).starts_with("\r\n");
      if (is_break(text[at])) ++breaks;
      at += crlf ? 2 : 1;
    }
    out += breaks == 1 ? std::string(" ") : std::string(breaks - 1, '\n');
    line = out.size();
  }
  return out;
}

}  // namespace reeve::config::yaml
