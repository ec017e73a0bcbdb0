// SPDX-License-Identifier: Apache-2.0
#include "config/finding.h"

#include <algorithm>
#include <tuple>

#include "json/writer.h"

namespace reeve::config {

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Info:
      return "info";
  }
  return "error";
}

void Findings::error(std::string_view rule, SourcePos at, std::string text, std::string fix) {
  found_.push_back({Severity::Error, std::string(rule), at, std::move(text), std::move(fix)});
  ++errors_;
}

void Findings::warning(std::string_view rule, SourcePos at, std::string text, std::string fix) {
  found_.push_back({Severity::Warning, std::string(rule), at, std::move(text), std::move(fix)});
}

std::vector<Finding> Findings::take_sorted() {
  const auto place = [](const Finding& f) {
    return std::tie(f.at.file, f.at.line, f.at.column, f.rule, f.text, f.fix);
  };
  std::ranges::sort(found_, [&](const Finding& a, const Finding& b) { return place(a) < place(b); });
  const auto repeated = std::ranges::unique(found_);
  found_.erase(repeated.begin(), repeated.end());
  errors_ = 0;
  return std::move(found_);
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 80;
  std::size_t shown = std::min(text.size(), kShown);
  while (shown < text.size() && shown > 0 && (static_cast<unsigned char>(text[shown]) & 0xC0) == 0x80)
    --shown;
  std::string out = "`";
  json::escape(out, text.substr(0, shown));
  if (shown < text.size()) out += "…";
  out += "`";
  return out;
}

}  // namespace reeve::config
