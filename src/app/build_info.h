// SPDX-License-Identifier: Apache-2.0
// What this binary was made from: told by `reeve version` and reeve_build_info. Any thread; reads nothing but
// constants and what the loaded libraries say of themselves.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reeve::app {

std::string_view version();
/// The commit as `git describe` told it when the build was configured, or "unknown".
std::string_view commit();
std::string compiler();
/// Name and version of each library, those loaded where they can tell.
std::vector<std::pair<std::string, std::string>> libraries();

}  // namespace reeve::app
