// SPDX-License-Identifier: Apache-2.0
#include "app/lean_memory.h"

#if __has_include(<mimalloc.h>) && !defined(REEVE_SANITIZED)
#include <mimalloc.h>
#define REEVE_HAS_MIMALLOC 1
#endif

namespace reeve::app {

#ifdef REEVE_HAS_MIMALLOC
LeanMemory::LeanMemory() : delay_(::mi_option_get(mi_option_decommit_delay)) {
  ::mi_option_set(mi_option_decommit_delay, 0);
}

LeanMemory::~LeanMemory() {
  ::mi_collect(true);
  ::mi_option_set(mi_option_decommit_delay, delay_);
}
#else
LeanMemory::LeanMemory() = default;
LeanMemory::~LeanMemory() = default;
#endif

}  // namespace reeve::app
