// SPDX-License-Identifier: Apache-2.0
#include "policy/path_pattern.h"

namespace reeve::policy {

int PathPattern::parameter(std::string_view name) const {
  int index = 0;
  for (const Segment& segment : segments) {
    if (segment.kind == Kind::Literal) continue;
    if (segment.name == name) return index;
    ++index;
  }
  return -1;
}

std::vector<std::string> PathPattern::parameter_names() const {
  std::vector<std::string> names;
  for (const Segment& segment : segments)
    if (segment.kind != Kind::Literal) names.push_back(segment.name);
  return names;
}

std::string PathPattern::to_string() const {
  std::string text;
  for (const Segment& segment : segments) {
    text += '/';
    if (segment.kind == Kind::Literal) {
      text += segment.text;
      continue;
    }
    text.append("{").append(segment.name).append(segment.kind == Kind::Rest ? "...}" : "}");
    text += segment.text;
  }
  return text;
}

}  // namespace reeve::policy
