// SPDX-License-Identifier: Apache-2.0
// Reading Accept.
#include "http/accept.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "http/quoted_list.h"

namespace reeve::http {

namespace {

constexpr std::array<std::string_view, 4> kJson{"application/json", "application/problem+json",
                                                "application/*", "*/*"};

// RFC 9110 12.4.2: "0" and "0.", with at most three zeros.
bool is_zero_weight(std::string_view parameter) {
  if (parameter.size() < 3 || ascii::lower(parameter[0]) != 'q' || parameter[1] != '=') return false;
  const std::string_view weight = parameter.substr(2);
  return weight.front() == '0' && weight.find_first_not_of("0.") == std::string_view::npos;
}

bool is_wanted(std::string_view range) {
  bool first = true;
  bool json = false;
  bool zero = false;
  for_each_unquoted(range, ';', [&](std::string_view part) {
    if (first) {
      json = std::ranges::any_of(kJson, [part](std::string_view type) { return ascii::iequals(part, type); });
    } else {
      zero |= is_zero_weight(part);
    }
    first = false;
  });
  return json && !zero;
}

}  // namespace

bool accepts_json(const Head& head) {
  bool present = false;
  bool wanted = false;
  for (const FieldLine& line : head.fields) {
    if (line.id != FieldId::Accept) continue;
    present = true;
    for_each_unquoted(head.value(line), ',', [&](std::string_view range) { wanted |= is_wanted(range); });
  }
  return wanted || !present;
}

}  // namespace reeve::http
