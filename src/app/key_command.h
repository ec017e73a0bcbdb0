// SPDX-License-Identifier: Apache-2.0
// What `reeve key …` was told (contract, 1; rules, 1). Filled by cli.cpp like the options of other commands;
// how a command ends is in options.h.
#pragma once

#include <string>

#include "app/options.h"

namespace reeve::app {

struct KeyCreateOptions {
  std::string caller;  ///< whose key it will be; not looked up
  std::string expires;
  std::string environment;  ///< live | test; empty = that of the configuration, else live
  std::string file;         ///< to find the environment; empty = as contract 1 searches
  bool print = false;
  bool json = false;
};

Exit key_create(const KeyCreateOptions& options);

}  // namespace reeve::app
