// SPDX-License-Identifier: Apache-2.0
// Where the commands of the CLI write: people's text and JSON on standard output, problems on standard error.
// With
// --json a failure is one document on standard output (rules, 1). Not for `run`, which has Messages.
#pragma once

#include <string>
#include <string_view>

#include "app/options.h"
#include "json/reader.h"

namespace reeve::app {

void print(std::string_view text);
void print_error(std::string_view text);

/// Says that a command could not be done and returns `as`: `{error: {code, detail}}` under --json, else
/// `reeve: detail` on standard error.
Exit fail(Exit as, std::string_view code, std::string_view detail, bool json);

/// A gateway's `findings` as `reeve check` writes them.
std::string findings_text(const json::Value& findings);

/// Text of unknown origin for a terminal: control characters made visible.
std::string printable(std::string_view text);

}  // namespace reeve::app
