// SPDX-License-Identifier: Apache-2.0
// Any bytes as a configuration file, with a file to include and a variable at hand: every finding has a place
// and says what to do, there is a Snapshot exactly when there is no error, and what is rendered is JSON. The
// same bytes as a path template and as a text with request values.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>

#include "config/load.h"
#include "config/memory_doors.h"
#include "config/path_grammar.h"
#include "config/render_findings.h"
#include "config/template_grammar.h"
#include "json/reader.h"

namespace {

using namespace reeve;
using namespace reeve::config;

void whole_file(std::string_view text) {
  MemoryEnvironment environment;
  environment.values["A"] = "value ${B} : [";
  MemoryFiles files;
  files.put("reeve.yaml", text);
  files.put("part.yaml",
            "routes: [ { name: part, match: { path: /part }, authenticate: [ none ], respond: {} } ]\n");
  const LoadResult result =
      load("reeve.yaml", environment, files, Audit{WallTime(std::chrono::hours(24 * 20781))});
  const bool errors =
      std::ranges::any_of(result.findings, [](const Finding& f) { return f.severity == Severity::Error; });
  if (errors == result.ok() || !result.unreadable.empty()) std::abort();
  for (const Finding& f : result.findings)
    if (f.at.line == 0 || f.at.column == 0 || f.at.file >= result.files.size() || f.text.empty() ||
        f.fix.empty())
      std::abort();
  if (!json::parse(findings_json(result.findings, result.files, false))) std::abort();
  if (findings_text(result.findings, result.files).empty() != result.findings.empty()) std::abort();
}

void small_grammars(std::string_view text) {
  if (const auto pattern = parse_path_template(text))
    if (pattern->segments.empty()) std::abort();
  MemoryEnvironment environment;
  MemoryFiles files;
  Context context{.environment = environment, .reader = files};
  yaml::Node node;
  node.text = text;
  const PathParameters parameters{.names = {"x", "y"}, .in_every_path = {true, false}};
  for (const Braces braces : {Braces::Literal, Braces::Parameters}) {
    const bool before = context.findings.any_error();
    if (!parse_template(node, parameters, braces, context) && !before && !context.findings.any_error())
      std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  whole_file(text);
  small_grammars(text);
  return 0;
}
