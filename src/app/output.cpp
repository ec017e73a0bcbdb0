// SPDX-License-Identifier: Apache-2.0
#include "app/output.h"

#include <fmt/format.h>

#include <cstdio>

#include "json/writer.h"

namespace reeve::app {

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void print_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

Exit fail(Exit as, std::string_view code, std::string_view detail, bool json) {
  std::string text;
  if (json) {
    json::Writer(text)
        .begin_object()
        .key("error")
        .begin_object()
        .field("code", code)
        .field("detail", detail)
        .end_object()
        .end_object();
    print(text + "\n");
  } else {
    text.append("reeve: ").append(printable(detail)).append("\n");
    print_error(text);
  }
  return as;
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    // JSON's escapes, but quotes, backslashes and line ends as they are: these texts are made of lines.
    const std::size_t mark = std::min(text.find_first_of("\"\\\n"), text.size());
    json::escape(out, text.substr(0, mark));
    if (mark == text.size()) break;
    out.push_back(text[mark]);
    text.remove_prefix(mark + 1);
  }
  return out;
}

std::string findings_text(const json::Value& findings) {
  std::string text;
  for (const json::Value& one : findings.items()) {
    const auto word = [&](std::string_view name) { return printable(one[name].string().value_or("")); };
    text += fmt::format("{}:{}:{}: {}[{}]: {}\n", word("file"), one["line"].integer().value_or(0),
                        one["column"].integer().value_or(0), word("severity"), word("rule"), word("text"));
    if (!word("fix").empty()) text += fmt::format("  fix: {}\n", word("fix"));
  }
  return text;
}

}  // namespace reeve::app
