// SPDX-License-Identifier: Apache-2.0
// How many slips of the hand lie between two texts. Whoever suggests a name, a host or a path asks this: "did
// you mean", the nearest routes of a request that found none, repairs. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace reeve {

/// Insertions, deletions, replacements and swaps of neighbours between two texts; case, `_` and `-` cost
/// nothing. Stops counting above `limit`.
std::size_t slips(std::string_view a, std::string_view b, std::size_t limit);

}  // namespace reeve
