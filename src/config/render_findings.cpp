// SPDX-License-Identifier: Apache-2.0
#include "config/render_findings.h"

#include <algorithm>

#include <fmt/format.h>

namespace reeve::config {

namespace {

std::string_view file_of(const Finding& finding, const std::vector<std::string>& files) {
  return finding.at.file < files.size() ? std::string_view(files[finding.at.file]) : std::string_view("-");
}

/// Names and texts of a file may hold anything; a terminal must not obey it.
std::string safe(std::string_view text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    // The escapes of JSON, but quotes and backslashes as they are.
    const std::size_t mark = std::min(text.find_first_of("\"\\", begin), text.size());
    json::escape(out, text.substr(begin, mark - begin));
    if (mark < text.size()) out += text[mark];
    begin = mark + 1;
  }
  return out;
}

}  // namespace

std::string findings_text(const std::vector<Finding>& findings, const std::vector<std::string>& files) {
  std::string out;
  for (const Finding& f : findings) {
    out += fmt::format("{}:{}:{}: {}[{}]: {}\n", safe(file_of(f, files)), f.at.line, f.at.column,
                       name(f.severity), f.rule, safe(f.text));
    if (!f.fix.empty()) out += fmt::format("  fix: {}\n", safe(f.fix));
  }
  return out;
}

void write_findings(json::Writer& out, const std::vector<Finding>& findings,
                    const std::vector<std::string>& files) {
  out.begin_array();
  for (const Finding& f : findings) {
    out.begin_object().field("file", file_of(f, files));
    out.field("line", std::uint64_t{f.at.line}).field("column", std::uint64_t{f.at.column});
    out.field("severity", name(f.severity)).field("rule", std::string_view(f.rule));
    out.field("text", std::string_view(f.text)).field("fix", std::string_view(f.fix)).end_object();
  }
  out.end_array();
}

std::string findings_json(const std::vector<Finding>& findings, const std::vector<std::string>& files,
                          bool strict) {
  std::string text;
  json::Writer out(text);
  out.begin_object().field("ok", acceptable(findings, strict)).key("findings");
  write_findings(out, findings, files);
  out.end_object();
  return text;
}

bool acceptable(const std::vector<Finding>& findings, bool strict) {
  return std::ranges::none_of(findings, [&](const Finding& f) {
    return f.severity == Severity::Error || (strict && f.severity == Severity::Warning);
  });
}

}  // namespace reeve::config
