// SPDX-License-Identifier: Apache-2.0
// What people leave around a key when they copy it: quotes, white space, a scheme word (rules, 3,
// "Misplaced"); and keys that stand somewhere inside another text. To diagnose and to hide, never to accept.
// Linear. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reeve::identity {

struct Unwrapped {
  std::string_view rest;          ///< of the text that was given
  std::string_view context = {};  ///< static text: what stood around it; empty when nothing did
};

/// Takes quotes, white space (ASCII and the usual Unicode ones) and leading scheme words off, in any order
/// and number: `Bearer "Bearer rv_…" `.
Unwrapped unwrap(std::string_view text);

/// Whether an `rv_…` token stands in the text: the mark, not in the middle of a word, and a digit of base62
/// behind it.
bool holds_key_token(std::string_view text);

/// For whatever is written down (rules, 3, "redacted everywhere"): the text with `*` in place of what follows
/// `rv_live_` or `rv_test_`, wherever in it that stands, whole or not. Nothing when it stands nowhere.
std::optional<std::string> without_keys(std::string_view text);

}  // namespace reeve::identity
