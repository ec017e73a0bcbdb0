// SPDX-License-Identifier: Apache-2.0
#include "config/finding.h"

#include <algorithm>
#include <tuple>

#include "identity/wrapping.h"
#include "json/writer.h"

namespace reeve::config {

namespace {

// Nobody's secret is shorter, and words of our own texts are not to be replaced.
constexpr std::size_t kSecretLeast = 6;
constexpr std::string_view kCut = "…";

/// In place of `value` wherever it stands whole, and of the beginning of it where quoted() has cut a text.
void replace(std::string& text, std::string_view value, std::string_view shown) {
  for (std::size_t at = text.find(value); at != std::string::npos; at = text.find(value, at + shown.size()))
    text.replace(at, value.size(), shown);
  for (std::size_t cut = text.find(kCut); cut != std::string::npos; cut = text.find(kCut, cut + 1)) {
    std::size_t size = std::min(value.size(), cut);
    while (size >= kSecretLeast && text.compare(cut - size, size, value.substr(0, size)) != 0) --size;
    if (size < kSecretLeast) continue;
    text.replace(cut - size, size, shown);
    cut = text.find(kCut, cut - size);
  }
}

}  // namespace

void Findings::hide(std::string_view value, std::string shown) {
  if (value.size() < kSecretLeast) return;
  Hidden hidden{.value = {}, .shown = std::move(shown)};
  json::escape(hidden.value, value);
  hidden_.push_back(std::move(hidden));
}

std::string Findings::without_secrets(std::string text) const {
  for (const Hidden& one : hidden_) replace(text, one.value, one.shown);
  return identity::without_keys(text).value_or(std::move(text));
}

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

void Findings::add(Severity severity, std::string_view rule, SourcePos at, std::string text,
                   std::string fix) {
  found_.push_back(
      {severity, std::string(rule), at, without_secrets(std::move(text)), without_secrets(std::move(fix))});
}

void Findings::error(std::string_view rule, SourcePos at, std::string text, std::string fix) {
  add(Severity::Error, rule, at, std::move(text), std::move(fix));
  ++errors_;
}

void Findings::warning(std::string_view rule, SourcePos at, std::string text, std::string fix) {
  add(Severity::Warning, rule, at, std::move(text), std::move(fix));
}

void Findings::info(std::string_view rule, SourcePos at, std::string text, std::string fix) {
  add(Severity::Info, rule, at, std::move(text), std::move(fix));
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
