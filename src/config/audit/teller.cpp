// SPDX-License-Identifier: Apache-2.0
#include "config/audit/teller.h"

#include <fmt/format.h>

namespace reeve::config::audit {

namespace {

// More of one kind are read by nobody: they have one cause.
constexpr std::size_t kMostOfOneRule = 50;

}  // namespace

void Teller::add(const Rule& rule, SourcePos at, std::string text, std::string fix) {
  if (rule.severity == Severity::Warning)
    findings_.warning(rule.id, at, std::move(text), std::move(fix));
  else
    findings_.info(rule.id, at, std::move(text), std::move(fix));
}

void Teller::tell(const Rule& rule, SourcePos at, std::string text, std::string fix) {
  if (!wants(rule) || !places_.emplace(&rule, at.file, at.line, at.column).second) return;
  Count& count = counts_[&rule];
  if (count.told == kMostOfOneRule) {
    if (++count.held_back == 1) count.first_held_back = at;
    return;
  }
  ++count.told;
  add(rule, at, std::move(text), std::move(fix));
}

void Teller::finish() {
  for (const auto& [rule, count] : counts_)
    if (count.held_back > 0)
      add(*rule, count.first_held_back,
          fmt::format("{} more like this, from here on, are not shown", count.held_back),
          "mend those that are shown, and check again");
}

}  // namespace reeve::config::audit
