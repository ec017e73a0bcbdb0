// SPDX-License-Identifier: Apache-2.0
// Counts what is allocated, by replacing operator new for the whole program: to be included by one file of a
// benchmark program that holds a path to allocate nothing. Not for tests under sanitizers, which replace it
// too.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace reeve::test {
inline std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++reeve::test::allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
