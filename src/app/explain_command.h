// SPDX-License-Identifier: Apache-2.0
// `reeve explain`: why a decision was taken, or what would become of a request that was never sent (contract,
// 1 and 5). Asks the running gateway, or with -c a file and no gateway at all.
#pragma once

#include <string>
#include <vector>

#include "app/options.h"

namespace reeve::app {

struct ExplainOptions {
  std::vector<std::string> words;  ///< an id; or method and URL
  std::string as;
  std::string key;  ///< `-`: from standard input
  std::string from;
  std::string at;
  std::vector<std::string> headers;  ///< `Name: value`
  std::string model;
  std::string file;
  std::string admin;
  bool json = false;
};

Exit explain(const ExplainOptions& options);

}  // namespace reeve::app
