// SPDX-License-Identifier: Apache-2.0
// Any bytes as a configuration file, with a file to include and a variable at hand: every finding has a place
// and says what to do, and there is a Snapshot exactly when there is no error.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "config/load.h"
#include "config/memory_doors.h"
#include "config/render_findings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reeve::config;
  MemoryEnvironment environment;
  environment.values["A"] = "value ${B} : [";
  MemoryFiles files;
  files.files["/work/reeve.yaml"].assign(reinterpret_cast<const char*>(data), size);
  files.files["/work/part.yaml"] =
      "routes:\n  - { name: part, match: { path: /part }, authenticate: [ none ], respond: {} }\n";
  const LoadResult result = load("reeve.yaml", environment, files);
  const bool errors =
      std::ranges::any_of(result.findings, [](const Finding& f) { return f.severity == Severity::Error; });
  if (errors == result.ok() || !result.unreadable.empty()) std::abort();
  for (const Finding& f : result.findings)
    if (f.at.line == 0 || f.at.column == 0 || f.at.file >= result.files.size() || f.text.empty() ||
        f.fix.empty())
      std::abort();
  if (findings_json(result.findings, result.files, false).empty()) std::abort();
  if (findings_text(result.findings, result.files).empty() != result.findings.empty()) std::abort();
  return 0;
}
