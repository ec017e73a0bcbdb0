// SPDX-License-Identifier: Apache-2.0
#include "rt/frame_pool.h"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace reeve::rt::frame_pool {

namespace {

void* allocate(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

#ifndef REEVE_SANITIZED

constexpr std::size_t kStep = 64;        // bytes a size class
constexpr std::size_t kClasses = 64;     // frames up to 4 KiB are kept
constexpr std::uint32_t kKeepEach = 256;  // frames kept a class; the rest goes back to malloc

struct FreeFrame {
  FreeFrame* next;
};
struct FreeList {
  FreeFrame* first;
  std::uint32_t count;
};
// constinit and without destructor: no guard on the path of every call, nothing runs at thread exit.
constinit thread_local FreeList lists[kClasses] = {};

#endif

}  // namespace

#ifdef REEVE_SANITIZED

void* take(std::size_t size) { return allocate(size); }
void give(void* frame, std::size_t) noexcept { std::free(frame); }

#else

void* take(std::size_t size) {
  const std::size_t index = (size + kStep - 1) / kStep;
  if (index >= kClasses) return allocate(size);
  FreeList& list = lists[index];
  if (list.first == nullptr) return allocate(index * kStep);
  FreeFrame* frame = list.first;
  list.first = frame->next;
  --list.count;
  return frame;
}

void give(void* frame, std::size_t size) noexcept {
  const std::size_t index = (size + kStep - 1) / kStep;
  if (index >= kClasses || lists[index].count >= kKeepEach) {
    std::free(frame);
    return;
  }
  FreeList& list = lists[index];
  list.first = ::new (frame) FreeFrame{list.first};
  ++list.count;
}

#endif

}  // namespace reeve::rt::frame_pool
