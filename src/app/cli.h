// SPDX-License-Identifier: Apache-2.0
// The command line as words: which command, which options, which exit status. The commands themselves are
// behind options.h.
#pragma once

namespace reeve::app {

int run_command_line(int argc, const char* const* argv);

}  // namespace reeve::app
