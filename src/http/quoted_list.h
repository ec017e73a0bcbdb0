// SPDX-License-Identifier: Apache-2.0
// Taking a list of a field value apart where quoted strings may hold the separators (RFC 9110 5.6.1, 5.6.4):
// the elements of Accept and Forwarded, and the parameters inside one. Internal to http/. Pure.
#pragma once

#include <string_view>

#include "base/ascii.h"

namespace reeve::http {

/// Where the first `separator` outside quotes stands in `text`; its size if there is none; npos when a quoted
/// string does not end.
inline std::size_t unquoted_end(std::string_view text, char separator) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted && c == '\\') {
      ++i;
    } else if (!quoted && c == separator) {
      return i;
    }
  }
  return quoted ? std::string_view::npos : text.size();
}

/// Calls `each(element)` for every element, trimmed, empty ones too. False when a quoted string does not end
/// (the elements before it have been seen).
template <class Each>
bool for_each_unquoted(std::string_view list, char separator, Each&& each) {
  for (;;) {
    const std::size_t stop = unquoted_end(list, separator);
    if (stop == std::string_view::npos) return false;
    each(ascii::trim(list.substr(0, stop)));
    if (stop == list.size()) return true;
    list.remove_prefix(stop + 1);
  }
}

}  // namespace reeve::http
