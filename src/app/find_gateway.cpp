// SPDX-License-Identifier: Apache-2.0
#include "app/find_gateway.h"

#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <cstdlib>

#include "app/find_file.h"
#include "app/load_file.h"
#include "base/ascii.h"
#include "config/system_doors.h"
#include "control/files.h"
#include "control/run_file.h"

namespace reeve::app {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

/// Of the configuration that `run` would take, even when it has errors now; else ./reeve-data.
std::string data_folder(const std::string& file) {
  config::SystemFiles files;
  if (const auto found = find_file(file)) {
    const config::LoadResult loaded = load_file(*found);
    if (!loaded.data_folder.empty()) return loaded.data_folder;
  }
  return files.absolute("reeve-data");
}

std::expected<std::string, std::string> token_in(const std::string& path) {
  if (const std::string told = variable("REEVE_ADMIN_TOKEN"); !told.empty()) return told;
  auto text = control::read_file(path);
  if (!text)
    return std::unexpected(text.error() + "; run this as the gateway's user, or set REEVE_ADMIN_TOKEN");
  return std::string(ascii::trim(std::string_view(*text).substr(0, text->find('\n'))));
}

bool alive(long pid) {
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

}  // namespace

std::expected<RunningGateway, std::string> find_gateway(const std::string& file, const std::string& admin) {
  RunningGateway gateway;
  gateway.admin = admin.empty() ? variable("REEVE_ADMIN") : admin;
  if (!gateway.admin.empty() && !variable("REEVE_ADMIN_TOKEN").empty()) {
    gateway.token = variable("REEVE_ADMIN_TOKEN");
    return gateway;
  }
  const std::string folder = data_folder(file);
  std::string token_file = folder + "/admin.token";
  if (gateway.admin.empty()) {
    const std::string path = control::run_file_path(folder);
    const auto text = control::read_file(path);
    const auto run = text ? control::parse_run_file(*text) : std::nullopt;
    if (!run)
      return std::unexpected(
          fmt::format("no gateway is running on the data folder {}: there is no {}; start one with "
                      "'reeve run', or name its configuration with -c or its address with --admin",
                      folder, path));
    if (!alive(run->pid))
      return std::unexpected(fmt::format(
          "the gateway that wrote {} is gone (process {}); start one with 'reeve run'", path, run->pid));
    gateway.admin = run->admin;
    token_file = run->token_file;
  }
  auto token = token_in(token_file);
  if (!token) return std::unexpected(token.error());
  gateway.token = std::move(*token);
  return gateway;
}

}  // namespace reeve::app
