// SPDX-License-Identifier: Apache-2.0
// `reeve check FILE…`: every problem of each file at once, audited. Several files are checked each by itself
// (rules, 1).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "app/find_file.h"
#include "app/output.h"
#include "config/load.h"
#include "config/render_findings.h"
#include "config/system_doors.h"

namespace reeve::app {

namespace {

/// Adds the findings of one file to those of all, with their files.
void append(config::LoadResult&& one, std::vector<config::Finding>& findings,
            std::vector<std::string>& files) {
  const auto offset = static_cast<std::uint32_t>(files.size());
  for (config::Finding& finding : one.findings) {
    finding.at.file += offset;
    findings.push_back(std::move(finding));
  }
  std::move(one.files.begin(), one.files.end(), std::back_inserter(files));
}

std::string summary(const std::vector<config::Finding>& findings, std::size_t files) {
  std::string counts;
  const auto count = [&](config::Severity severity, std::string_view one, std::string_view many) {
    const auto found = std::ranges::count(findings, severity, &config::Finding::severity);
    if (found == 0 && severity == config::Severity::Info) return;
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", found, found == 1 ? one : many);
  };
  count(config::Severity::Error, "error", "errors");
  count(config::Severity::Warning, "warning", "warnings");
  count(config::Severity::Info, "hint", "hints");
  if (std::ranges::all_of(findings, [](const config::Finding& finding) {
        return finding.severity == config::Severity::Info;
      }))
    return files == 1 ? "The file is good.\n" : "The files are good.\n";
  return counts + "\n";
}

}  // namespace

Exit check(const CheckOptions& options) {
  std::vector<std::string> paths = options.files;
  if (paths.empty()) {
    const auto found = find_file("");
    if (!found)
      return fail(Exit::Failed, "file-not-found",
                  "there is no configuration file; name one, or set REEVE_CONFIG, or put reeve.yaml here",
                  options.json);
    paths.push_back(*found);
  }
  const config::SystemEnvironment environment;
  config::SystemFiles reader;
  std::vector<config::Finding> findings;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    config::LoadResult loaded =
        config::load(path, environment, reader, config::Audit{WallTime(std::chrono::system_clock::now())});
    if (!loaded.unreadable.empty())
      return fail(Exit::Failed, "file-unreadable",
                  fmt::format("{}: {}; name a file that can be read", path, loaded.unreadable), options.json);
    append(std::move(loaded), findings, files);
  }
  if (options.json) {
    print(config::findings_json(findings, files, options.strict) + "\n");
  } else {
    print(config::findings_text(findings, files) + summary(findings, paths.size()));
  }
  return config::acceptable(findings, options.strict) ? Exit::Yes : Exit::No;
}

}  // namespace reeve::app
