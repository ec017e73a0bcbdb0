// SPDX-License-Identifier: Apache-2.0
// A bounded hash of cells without locks. It grows by chunks that never move: a subject has one bucket of
// eight cells (two cache lines) in each chunk, and its counter is in any one of them. A chunk is added when a
// bucket is full in all the others; expired counters are taken over where they are. Nothing is ever moved or
// freed before the end, so a Cell may be kept by pointer. Owned by the Table.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "limits/cell.h"

namespace reeve::limits {

/// Whose counter: identity as in tag, and the hash bits that choose the buckets.
struct CellKey {
  std::uint64_t identity;
  std::uint64_t place;
};

class Buckets {
 public:
  static constexpr unsigned kSlots = 8;
  static constexpr unsigned kChunksMost = 6;

  /// Chunk i has 2^(first_bits + 2i) buckets; there are at most `chunks` (up to kChunksMost).
  Buckets(unsigned first_bits, unsigned chunks) : first_bits_(first_bits), chunks_most_(chunks) {}
  ~Buckets();
  Buckets(const Buckets&) = delete;
  Buckets& operator=(const Buckets&) = delete;

  struct Found {
    Cell* cell;  ///< null: there is none
    bool room;   ///< one could be claimed
  };
  Found find(const CellKey& key, Now now) const;
  /// The cell of that key, made (state 0, under `version`) when there is none; null when there is no room. It
  /// may have been taken over by another key when the caller looks at it, as long as it is idle.
  Cell* claim(const CellKey& key, unsigned version, Now now);

  /// Where a cell is: for checkpoints, which put it there again.
  struct Position {
    std::uint8_t chunk;
    std::uint32_t bucket;
  };
  /// Every cell that holds something or did: each(cell, position).
  template <class Each>
  void for_each(Each&& each) const {
    for (unsigned chunk = 0; chunk < kChunksMost; ++chunk) {
      Cell* cells = chunks_[chunk].cells.load(std::memory_order_seq_cst);
      if (cells == nullptr) return;
      for (std::uint32_t bucket = 0; bucket < bucket_count(chunk); ++bucket)
        for (unsigned slot = 0; slot < kSlots; ++slot)
          if (Cell& cell = cells[std::size_t{bucket} * kSlots + slot]; cell.tag() != 0)
            each(cell, Position{static_cast<std::uint8_t>(chunk), bucket});
    }
  }
  /// Puts a word back, there or, where chunks are fewer now, in its bucket of an earlier one. Only while
  /// nobody else uses the table. False: no room, or no such place.
  bool put(Position position, Word word);

  unsigned first_bits() const { return first_bits_; }
  std::size_t capacity() const;
  /// Cells for which memory is reserved.
  std::size_t reserved() const;

 private:
  struct Chunk {
    // Sequentially consistent: whoever sees a cell in a chunk, and then looks for others, sees the chunk.
    std::atomic<Cell*> cells{nullptr};
    void* memory = nullptr;  // what to free; written by whoever published `cells`
  };
  struct Seek;

  std::uint32_t bucket_count(unsigned chunk) const { return std::uint32_t{1} << (first_bits_ + 2 * chunk); }
  Cell* bucket(Cell* cells, unsigned chunk, const CellKey& key) const {
    return cells + (key.place >> (64 - first_bits_ - 2 * chunk)) * kSlots;
  }
  Seek seek(const CellKey& key, Now now) const;
  void settle(const CellKey& key, Cell* mine, std::uint64_t attempt, unsigned version);
  Cell* grow(unsigned chunk);
  bool may_grow() const;

  const unsigned first_bits_;
  const unsigned chunks_most_;
  std::array<Chunk, kChunksMost> chunks_;
  // Relaxed: only that no two attempts have the same number.
  std::atomic<std::uint64_t> attempts_{0};
};

}  // namespace reeve::limits
