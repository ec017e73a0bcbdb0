// SPDX-License-Identifier: Apache-2.0
// Findings as people and programs read them (contract, 1, `check`): for the CLI, the admin API and the log of
// a refused reload. Files are named as they were typed; what a file holds cannot steer a terminal.
#pragma once

#include <string>
#include <vector>

#include "config/finding.h"
#include "json/writer.h"

namespace reeve::config {

/// `file:line:col: severity[rule-id]: text` and below it `  fix: …`, one after another.
std::string findings_text(const std::vector<Finding>& findings, const std::vector<std::string>& files);

/// `[{file, line, column, severity, rule, text, fix}]` as the next value of `out`.
void write_findings(json::Writer& out, const std::vector<Finding>& findings,
                    const std::vector<std::string>& files);

/// `{ok, findings}`; `strict`: warnings are not ok either.
std::string findings_json(const std::vector<Finding>& findings, const std::vector<std::string>& files,
                          bool strict);

/// No errors, and with `strict` no warnings.
bool acceptable(const std::vector<Finding>& findings, bool strict);

}  // namespace reeve::config
