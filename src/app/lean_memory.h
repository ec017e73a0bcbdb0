// SPDX-License-Identifier: Apache-2.0
// A load needs ten times what it leaves behind. While a LeanMemory lives, what is freed goes back to the
// system at once; at other times the allocator keeps it for a while, which request paths are better off with.
// Made by the commands and the wiring around loads; one at a time.
#pragma once

namespace reeve::app {

class LeanMemory {
 public:
  LeanMemory();
  ~LeanMemory();
  LeanMemory(const LeanMemory&) = delete;
  LeanMemory& operator=(const LeanMemory&) = delete;

 private:
  [[maybe_unused]] long delay_ = 0;  // milliseconds, as it was
};

}  // namespace reeve::app
