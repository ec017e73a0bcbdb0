// SPDX-License-Identifier: Apache-2.0
// <data>/run.json: how clients find a running gateway (contract, 1; rules, 1). The control plane writes it
// when every listener accepts and removes it on a clean stop; the CLI reads it.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace reeve::control {

struct RunFile {
  long pid = 0;
  std::vector<std::string> listen;  ///< in the file's order, with real ports
  std::string admin;
  std::string token_file;                    ///< absolute
  std::optional<std::string> configuration;  ///< absolute; none for the embedded default

  bool operator==(const RunFile&) const = default;
};

std::string to_json(const RunFile& run);
/// Nothing if the text is not one.
std::optional<RunFile> parse_run_file(std::string_view json);

std::string run_file_path(const std::string& data_folder);
std::expected<void, std::string> write_run_file(const std::string& data_folder, const RunFile& run);
void remove_run_file(const std::string& data_folder);

}  // namespace reeve::control
