// SPDX-License-Identifier: Apache-2.0
// Where the running gateway is and how to be let in (contract, 1): --admin or REEVE_ADMIN, else the run.json
// under the data folder of the configuration found; the token from REEVE_ADMIN_TOKEN, else the data folder.
// For every command of the CLI that speaks with a gateway.
#pragma once

#include <expected>
#include <string>

namespace reeve::app {

struct RunningGateway {
  std::string admin;
  std::string token;
};

/// `file`: what -c said; `admin`: what --admin said. The error says why none can be reached.
std::expected<RunningGateway, std::string> find_gateway(const std::string& file, const std::string& admin);

}  // namespace reeve::app
