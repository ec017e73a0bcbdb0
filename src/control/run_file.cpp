// SPDX-License-Identifier: Apache-2.0
#include "control/run_file.h"

#include <unistd.h>

#include "control/files.h"
#include "json/reader.h"
#include "json/writer.h"

namespace reeve::control {

std::string to_json(const RunFile& run) {
  std::string text;
  json::Writer json(text);
  json.begin_object().key("pid").number(std::int64_t{run.pid});
  json.key("listen").begin_array();
  for (const std::string& address : run.listen) json.string(address);
  json.end_array().field("admin", run.admin).field("token_file", run.token_file).key("configuration");
  if (run.configuration) {
    json.string(*run.configuration);
  } else {
    json.null();
  }
  json.end_object();
  text.push_back('\n');
  return text;
}

std::optional<RunFile> parse_run_file(std::string_view text) {
  const auto document = json::parse(text);
  if (!document) return std::nullopt;
  const auto pid = (*document)["pid"].integer();
  const auto admin = (*document)["admin"].string();
  const auto token_file = (*document)["token_file"].string();
  if (!pid || !admin || !token_file) return std::nullopt;
  RunFile run{.pid = static_cast<long>(*pid),
              .listen = {},
              .admin = std::string(*admin),
              .token_file = std::string(*token_file),
              .configuration = std::nullopt};
  for (const json::Value& address : (*document)["listen"].items())
    run.listen.emplace_back(address.string().value_or(""));
  if (const auto file = (*document)["configuration"].string()) run.configuration = std::string(*file);
  return run;
}

std::string run_file_path(const std::string& data_folder) {
  return data_folder + "/run.json";
}

std::expected<void, std::string> write_run_file(const std::string& data_folder, const RunFile& run) {
  return write_file(run_file_path(data_folder), to_json(run), 0644);
}

void remove_run_file(const std::string& data_folder) {
  ::unlink(run_file_path(data_folder).c_str());
}

}  // namespace reeve::control
