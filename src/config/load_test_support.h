// SPDX-License-Identifier: Apache-2.0
// How the tests of config ask: a text in, `rule line:column` of every finding out; or a text with marks where
// the findings shall point. Tests only.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/load.h"
#include "config/memory_doors.h"

namespace reeve::config {

struct Asked {
  MemoryEnvironment environment;
  MemoryFiles files;

  LoadResult load(std::string_view yaml) {
    files.put("reeve.yaml", yaml);
    return config::load("reeve.yaml", environment, files);
  }
};

/// One finding a line, warnings with a `?`, those of included files with their index before the place.
inline std::string told(const LoadResult& result) {
  std::string out = result.unreadable;
  for (const Finding& f : result.findings) {
    if (!out.empty()) out += ", ";
    out += f.rule;
    if (f.severity == Severity::Warning) out += "?";
    out += " ";
    if (f.at.file != 0) out += fmt::format("#{}:", f.at.file);
    out += fmt::format("{}:{}", f.at.line, f.at.column);
  }
  return out;
}

/// A text in which `§` stands before each place that a finding shall point at, and the rules in that order.
struct Marked {
  std::string yaml;
  std::string expected;

  Marked(std::string_view text, std::string_view rules) {
    unsigned line = 1;
    unsigned column = 1;
    constexpr std::string_view kMark = "\xC2\xA7";
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text.substr(i).starts_with(kMark)) {
        const std::size_t end = std::min(rules.find(' '), rules.size());
        if (!expected.empty()) expected += ", ";
        expected += fmt::format("{} {}:{}", rules.substr(0, end), line, column);
        rules.remove_prefix(std::min(end + 1, rules.size()));
        ++i;
        continue;
      }
      yaml += text[i];
      if (text[i] == '\n') ++line;
      column = text[i] == '\n'                                        ? 1
               : (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80 ? column
                                                                      : column + 1;
    }
    if (!rules.empty()) expected += " left over: " + std::string(rules);
  }
};

inline std::string checked(std::string_view yaml) {
  return told(Asked{}.load(yaml));
}

}  // namespace reeve::config
