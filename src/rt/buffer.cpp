// SPDX-License-Identifier: Apache-2.0
#include "rt/buffer.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace reeve::rt {

namespace {

#ifndef REEVE_SANITIZED
constexpr std::uint32_t kKeep = 64;  // standard blocks kept a thread: 2 MiB
struct FreeBlock {
  FreeBlock* next;
};
constinit thread_local FreeBlock* free_blocks = nullptr;
constinit thread_local std::uint32_t free_count = 0;
#endif

}  // namespace

Buffer::Block* Buffer::take_block(std::size_t capacity) {
#ifndef REEVE_SANITIZED
  if (capacity == kStandard && free_blocks != nullptr) {
    FreeBlock* block = free_blocks;
    free_blocks = block->next;
    --free_count;
    return ::new (static_cast<void*>(block)) Block{1, kStandard, 0};
  }
#endif
  void* memory = std::malloc(sizeof(Block) + capacity);
  if (memory == nullptr) throw std::bad_alloc();
  return ::new (memory) Block{1, static_cast<std::uint32_t>(capacity), 0};
}

void Buffer::give_block(Block* block) noexcept {
#ifndef REEVE_SANITIZED
  if (block->capacity == kStandard && free_count < kKeep) {
    free_blocks = ::new (static_cast<void*>(block)) FreeBlock{free_blocks};
    ++free_count;
    return;
  }
#endif
  std::free(block);
}

Buffer Buffer::with_room(std::size_t room) {
  Buffer buffer;
  buffer.block_ = take_block(room <= kStandard ? kStandard : room);
  return buffer;
}

Buffer Buffer::copy_of(std::string_view bytes) {
  Buffer buffer = with_room(bytes.size());
  buffer.append(bytes);
  return buffer;
}

void Buffer::make_room(std::size_t room) {
  if (tail_room() >= room) return;
  if (block_ != nullptr && block_->references == 1 && block_->capacity - size() >= room) {
    std::memmove(block_->bytes(), data(), size());
    end_ -= begin_;
    begin_ = 0;
    block_->filled = end_;
    return;
  }
  // Doubling keeps the copying linear in the bytes that pass.
  Buffer larger = with_room(std::max(size() + room, 2 * size()));
  if (!empty()) {
    std::memcpy(larger.tail(), data(), size());
    larger.grew(size());
  }
  *this = std::move(larger);
}

void Buffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  make_room(bytes.size());
  std::memcpy(tail(), bytes.data(), bytes.size());
  grew(bytes.size());
}

}  // namespace reeve::rt
