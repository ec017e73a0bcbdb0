// SPDX-License-Identifier: Apache-2.0
#include "config/suggest.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/slips.h"

namespace reeve::config {

std::optional<std::string_view> nearest(std::string_view text, std::span<const std::string_view> names) {
  constexpr std::size_t kLongest = 128;
  if (text.empty() || text.size() > kLongest) return std::nullopt;
  std::size_t best = std::clamp<std::size_t>(text.size() / 3, 1, 2) + 1;
  std::optional<std::string_view> found;
  for (const std::string_view name : names) {
    const std::size_t distance = slips(text, name, best - 1);
    if (distance >= best) continue;
    best = distance;
    found = name;
    if (distance == 0) break;
  }
  return found;
}

std::string did_you_mean(std::string_view text, std::span<const std::string_view> names) {
  const auto near = nearest(text, names);
  return near ? fmt::format("; did you mean `{}`?", *near) : std::string();
}

std::string alternatives(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += fmt::format("{}`{}`", i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i]);
  return text;
}

}  // namespace reeve::config
