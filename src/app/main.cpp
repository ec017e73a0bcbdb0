// SPDX-License-Identifier: Apache-2.0
// Where the process begins. The last net for exceptions: everything below turns its own into results.
#include <cstdio>
#include <exception>

#include "app/cli.h"
#include "app/options.h"

int main(int argc, char** argv) {
  try {
    return reeve::app::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "reeve: %s; free what is short (memory, descriptors, threads) and try again\n",
                 error.what());
    return static_cast<int>(reeve::app::Exit::Failed);
  }
}
