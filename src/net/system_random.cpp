// SPDX-License-Identifier: Apache-2.0
#include "net/system_random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace reeve::net {

void SystemRandom::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();  // only a kernel without getrandom: going on would make keys that can be guessed
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace reeve::net
