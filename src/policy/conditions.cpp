// SPDX-License-Identifier: Apache-2.0
#include "policy/conditions.h"

#include <algorithm>

#include "base/ascii.h"

namespace reeve::policy {

namespace {

/// Takes one decoded character from the front of `text`, which is not empty.
char take_decoded(std::string_view& text) {
  if (text[0] == '%' && text.size() >= 3) {
    const int high = ascii::hex_value(text[1]);
    const int low = ascii::hex_value(text[2]);
    if (high >= 0 && low >= 0) {
      text.remove_prefix(3);
      return static_cast<char>(high * 16 + low);
    }
  }
  const char c = text[0];
  text.remove_prefix(1);
  return c;
}

bool decoded_equals(std::string_view encoded, std::string_view plain) {
  for (char c : plain) {
    if (encoded.empty() || take_decoded(encoded) != c) return false;
  }
  return encoded.empty();
}

}  // namespace

bool header_holds(const Condition& condition, const http::Head& head) {
  for (const http::FieldLine& line : head.fields) {
    if (!ascii::iequals(head.name(line), condition.name)) continue;
    if (condition.present_only || head.value(line) == condition.value) return true;
  }
  return false;
}

bool query_holds(const Condition& condition, std::string_view query) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    if (decoded_equals(pair.substr(0, equals), condition.name) &&
        (condition.present_only || decoded_equals(value, condition.value)))
      return true;
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return false;
}

bool conditions_hold(const Route& route, const http::RequestHead& head) {
  return std::ranges::all_of(route.headers, [&](const Condition& c) { return header_holds(c, head); }) &&
         std::ranges::all_of(route.query, [&](const Condition& c) { return query_holds(c, head.query); });
}

bool exclude_each_other(const std::vector<Condition>& a, const std::vector<Condition>& b) {
  for (const Condition& x : a)
    for (const Condition& y : b)
      if (x.name == y.name && !x.present_only && !y.present_only && x.value != y.value) return true;
  return false;
}

}  // namespace reeve::policy
