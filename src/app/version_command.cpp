// SPDX-License-Identifier: Apache-2.0
// `reeve version`: what runs here, for people and for bug reports. Says nothing of a gateway that may be
// running: that is reeve_build_info.
#include <fmt/format.h>

#include "app/build_info.h"
#include "app/output.h"
#include "json/writer.h"

namespace reeve::app {

Exit version(const VersionOptions& options) {
  std::string text;
  if (options.json) {
    json::Writer json(text);
    json.begin_object()
        .field("version", app::version())
        .field("commit", commit())
        .field("compiler", std::string_view(compiler()));
    json.key("libraries").begin_object();
    for (const auto& [name, number] : libraries()) json.field(name, std::string_view(number));
    json.end_object().end_object();
    text.push_back('\n');
  } else {
    text = fmt::format("reeve {}\ncommit {}\ncompiler {}\n", app::version(), commit(), compiler());
    for (const auto& [name, number] : libraries()) text += fmt::format("{} {}\n", name, number);
  }
  print(text);
  return Exit::Yes;
}

}  // namespace reeve::app
