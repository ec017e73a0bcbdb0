// SPDX-License-Identifier: Apache-2.0
// Where the process begins, whatever it is going to be. The last net for exceptions: everything below turns
// its own into results.
#include <fcntl.h>

#include <cstdio>
#include <exception>

#include "app/cli.h"
#include "app/options.h"

namespace {

/// A descriptor 0, 1 or 2 that was closed would be taken by the next socket, and what is printed would go
/// there.
void keep_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    [[maybe_unused]] const int lowest_free = ::open("/dev/null", O_RDWR);
  }
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_descriptors();
  try {
    return reeve::app::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "reeve: %s; free what is short (memory, descriptors, threads) and try again\n",
                 error.what());
    return static_cast<int>(reeve::app::Exit::Failed);
  }
}
