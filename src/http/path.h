// SPDX-License-Identifier: Apache-2.0
// The normal form of a request path (rules, 2): what is matched, logged and forwarded. Made once a request,
// from the raw path that h1/parse.h found. The query is none of its business. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/inline_vector.h"

namespace reeve::http {

/// A path in normal form, cut into segments. Views point into the raw path when that was normal already (the
/// usual case), else into `storage`.
struct Path {
  std::string_view text;  ///< begins with '/'
  InlineVector<std::string_view, 16>
      segments;  ///< between the slashes; a trailing slash is an empty last one; "/" has one empty segment
  bool encoded_slash = false;  ///< some segment holds %2F
  std::string storage;
};

enum class PathFlaw : std::uint8_t {
  None,
  BadPercent,    ///< '%' without two hexadecimal digits
  EncodedNul,    ///< %00
  Backslash,     ///< '\' or %5C
  BadByte,       ///< '#', or a raw byte ≤ 0x20, 0x7F, ≥ 0x80
  DotParameter,  ///< a segment `.;…` or `..;…`
};
/// For people: what is wrong.
std::string_view describe(PathFlaw flaw);

/// Normalises `raw`, which begins with '/'. `path` is only filled when the answer is None; `raw` must outlive
/// it.
PathFlaw normalise(std::string_view raw, Path& path);

}  // namespace reeve::http
