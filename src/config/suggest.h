// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the nearest of some names, if one is near enough to be a slip. Used by every finding about
// a word, key or name that is not known. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::config {

/// The nearest, if it is at most a third of the text (and two slips) away.
std::optional<std::string_view> nearest(std::string_view text, std::span<const std::string_view> names);

/// "; did you mean `x`?" or nothing.
std::string did_you_mean(std::string_view text, std::span<const std::string_view> names);
/// "`a`, `b` or `c`".
std::string alternatives(std::span<const std::string_view> names);

}  // namespace reeve::config
