// SPDX-License-Identifier: Apache-2.0
// Bytes on their way: a counted piece of a block. Blocks of 32 KiB come from a per-thread list and are taken only
// when there is data; copies of a Buffer share the block, so that a head can be kept for a second attempt while
// the first one is written. Counts are not atomic: a Buffer stays on its reactor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace reeve::rt {

class Buffer {
 public:
  /// Capacity of a standard block.
  static constexpr std::uint32_t kStandard = 32 * 1024;

  Buffer() = default;
  Buffer(const Buffer& other) : block_(other.block_), begin_(other.begin_), end_(other.end_) {
    if (block_ != nullptr) ++block_->references;
  }
  Buffer(Buffer&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        begin_(std::exchange(other.begin_, 0)),
        end_(std::exchange(other.end_, 0)) {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(block_, other.block_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    return *this;
  }
  ~Buffer() { release(); }

  /// An empty Buffer with at least that much tail_room().
  static Buffer with_room(std::size_t room = kStandard);
  static Buffer copy_of(std::string_view bytes);

  const char* data() const { return block_ == nullptr ? nullptr : block_->bytes() + begin_; }
  /// To change bytes in place: only while nobody else reads this piece of the block.
  char* mutable_data() { return block_ == nullptr ? nullptr : block_->bytes() + begin_; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  std::string_view view() const { return {data(), size()}; }

  void remove_prefix(std::size_t n) { begin_ += static_cast<std::uint32_t>(n); }
  /// Keeps the first n bytes.
  void truncate(std::size_t n) { end_ = begin_ + static_cast<std::uint32_t>(n); }
  /// n bytes from `offset`, sharing the block.
  Buffer slice(std::size_t offset, std::size_t n) const {
    Buffer piece(*this);
    piece.remove_prefix(offset);
    piece.truncate(n);
    return piece;
  }

  /// Room behind the last byte that nobody else has filled.
  std::size_t tail_room() const {
    return block_ == nullptr || block_->filled != end_ ? 0 : block_->capacity - end_;
  }
  char* tail() { return block_->bytes() + end_; }
  /// n bytes were written at tail().
  void grew(std::size_t n) {
    end_ += static_cast<std::uint32_t>(n);
    block_->filled = end_;
  }
  /// Makes at least `room` at the tail: in place where possible, else by moving the bytes to another block.
  void make_room(std::size_t room);
  /// Appends; makes room.
  void append(std::string_view bytes);
  /// Gives the block back.
  void clear() { *this = Buffer(); }

 private:
  struct Block {
    std::uint32_t references;
    std::uint32_t capacity;
    std::uint32_t filled;  // high-water mark: only the piece that ends here may grow
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
  };
  static Block* take_block(std::size_t capacity);
  static void give_block(Block* block) noexcept;
  void release() noexcept {
    if (block_ != nullptr && --block_->references == 0) give_block(block_);
  }

  Block* block_ = nullptr;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace reeve::rt
