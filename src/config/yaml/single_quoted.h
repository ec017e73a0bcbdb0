// SPDX-License-Identifier: Apache-2.0
// The text of a single-quoted scalar (YAML 1.2.2, 7.3.2), from the file's own bytes. libfyaml 0.7.12 finds
// where such a scalar ends, but reads runs of `''` wrongly: characters behind them are lost, or the text
// comes back empty. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace reeve::config::yaml {

/// `begin` is the offset behind the opening quote; the text must have the closing one. `''` is a quote; lines
/// are folded: white space around a break goes, one break is a space, more of them are one break fewer.
std::string single_quoted(std::string_view text, std::size_t begin);

}  // namespace reeve::config::yaml
