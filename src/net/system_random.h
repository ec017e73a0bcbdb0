// SPDX-License-Identifier: Apache-2.0
// The Random door over the kernel's generator, for keys, seeds and boot ids. From any thread; keeps nothing
// back, so every call is a system call.
#pragma once

#include "rt/doors.h"

namespace reeve::net {

class SystemRandom final : public rt::Random {
 public:
  void fill(std::span<std::byte> bytes) override;
};

}  // namespace reeve::net
