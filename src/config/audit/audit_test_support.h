// SPDX-License-Identifier: Apache-2.0
// How the audit's tests ask: a configuration in which `§` stands before the place that a rule shall point at,
// and that rule; or one in which it shall not speak. Other rules may say what they like. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/audit/rules.h"
#include "config/load_test_support.h"

namespace reeve::config::audit {

/// 2026-11-24 10:00 UTC.
inline constexpr WallTime kNow{std::chrono::seconds(1'795'514'400)};

inline LoadResult audited(std::string_view yaml, bool hints = true) {
  Asked asked;
  asked.files.put("reeve.yaml", yaml);
  return config::load("reeve.yaml", asked.environment, asked.files, Audit{kNow, hints});
}

/// What that rule says, one finding a line.
inline std::string told_by(const Rule& rule, const LoadResult& result) {
  EXPECT_TRUE(result.ok()) << told(result);
  LoadResult only;
  for (const Finding& finding : result.findings) {
    if (finding.rule != rule.id) continue;
    EXPECT_EQ(finding.severity, rule.severity);
    EXPECT_NE(finding.at.line, 0u);
    EXPECT_FALSE(finding.fix.empty());
    only.findings.push_back(finding);
  }
  return told(only);
}

/// The text of the first finding of that rule.
inline std::string text_of(const Rule& rule, std::string_view yaml) {
  for (const Finding& finding : audited(yaml).findings)
    if (finding.rule == rule.id) return finding.text;
  return "";
}

/// At each `§`, and nowhere else.
inline void expect(const Rule& rule, std::string_view text) {
  std::string rules;
  for (std::size_t at = text.find("§"); at != std::string_view::npos; at = text.find("§", at + 1)) {
    rules += rules.empty() ? "" : " ";
    rules += rule.id;
  }
  const Marked marked(text, rules);
  std::string found = told_by(rule, audited(marked.yaml));
  for (std::size_t mark = found.find('?'); mark != std::string::npos; mark = found.find('?'))
    found.erase(mark, 1);
  EXPECT_EQ(found, marked.expected) << rule.id << "\n" << marked.yaml;
}

inline constexpr std::string_view kHash =
    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A key of eight letters for the line of a caller.
inline std::string key(std::string_view id, std::string_view more = "") {
  return fmt::format("{{ id: {}, hash: \"{}\"{} }}", id, kHash, more);
}

}  // namespace reeve::config::audit
