// SPDX-License-Identifier: Apache-2.0
// What each command of the CLI was told, and how a command ends (contract, 1). Filled by cli.cpp, the only
// file that sees the argument parser; each command is a function in its own file.
#pragma once

#include <string>
#include <vector>

namespace reeve::app {

enum class Exit : int {
  Yes = 0,     ///< yes, ok
  No = 1,      ///< no, a problem was found
  Usage = 2,   ///< wrong usage
  Failed = 3,  ///< could not be done: unreachable, unreadable
};

struct RunOptions {
  std::string file;  ///< empty = as contract 1 searches
  bool upgrade = false;
};

struct CheckOptions {
  std::vector<std::string> files;
  bool strict = false;
  bool json = false;
};

struct ReloadOptions {
  std::string file;
  std::string admin;
  std::string accept_lost;
  bool json = false;
};

struct VersionOptions {
  bool json = false;
};

Exit run(const RunOptions& options);
Exit check(const CheckOptions& options);
Exit reload(const ReloadOptions& options);
Exit version(const VersionOptions& options);

}  // namespace reeve::app
