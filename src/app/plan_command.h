// SPDX-License-Identifier: Apache-2.0
// `reeve plan NEW` (contract, 6): who gains and who loses what, between a changed file and the running
// configuration, or another file. Exit 1 when somebody loses.
#pragma once

#include <string>

#include "app/options.h"

namespace reeve::app {

struct PlanOptions {
  std::string next;     ///< the changed file
  std::string against;  ///< empty = the running gateway's
  std::string at;       ///< empty = now
  std::string file;     ///< -c: to find the gateway
  std::string admin;
  bool json = false;
};

Exit plan(const PlanOptions& options);

}  // namespace reeve::app
