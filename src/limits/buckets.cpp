// SPDX-License-Identifier: Apache-2.0
// How a key never gets two cells, although several threads may claim one at once, in different slots. A claim
// is made in two steps. First the slot is marked as pending for the key, with a number that no other attempt
// has. Then all slots of the key are looked at: when there is a finished cell, or a pending one at an earlier
// position, the attempt is withdrawn; pending ones at later positions are withdrawn for their owners; then
// the slot is finished, if nobody has withdrawn it. Of two attempts the one that was marked later sees the
// other, so at most one is finished; the earliest position wins, so one is. (After Purcell and Harris,
// "Non-blocking hashtables with open addressing", 2005, with whole cells exchanged at once.)
#include "limits/buckets.h"

#include <cstdlib>
#include <new>

#include "limits/record.h"

namespace reeve::limits {

namespace {

constexpr std::size_t kLine = 64;

bool is_pending(std::uint64_t tag) {
  return tag::version(tag) == tag::kPending;
}

}  // namespace

/// What one look at all slots of a key found.
struct Buckets::Seek {
  Cell* cell = nullptr;     ///< finished
  Cell* pending = nullptr;  ///< the earliest, when no finished one was seen
  Word pending_word;
  Cell* vacant = nullptr;  ///< free or expired, the earliest
  Word vacant_word;
};

Buckets::~Buckets() {
  for (Chunk& chunk : chunks_) std::free(chunk.memory);
}

Buckets::Seek Buckets::seek(const CellKey& key, Now now) const {
  std::array<Cell*, kChunksMost> buckets;
  unsigned count = 0;
  for (; count < chunks_most_; ++count) {
    Cell* cells = chunks_[count].cells.load(std::memory_order_seq_cst);
    if (cells == nullptr) break;
    buckets[count] = bucket(cells, count, key);
    // All misses of the caches at once.
    __builtin_prefetch(buckets[count]);
    __builtin_prefetch(buckets[count] + kSlots / 2);
  }
  Seek seek;
  for (unsigned i = 0; i < count; ++i) {
    for (Cell* cell = buckets[i]; cell != buckets[i] + kSlots; ++cell) {
      const std::uint64_t seen = cell->tag();
      if (tag::identity(seen) == key.identity) {
        if (!is_pending(seen)) return {.cell = cell};
        const Word word = cell->load();
        if (seek.pending == nullptr && word.tag == seen) {
          seek.pending = cell;
          seek.pending_word = word;
        }
      } else if (seek.vacant == nullptr && !is_pending(seen)) {
        const Word word = cell->load();
        if (word.tag == 0 || (word.tag == seen && expired(word, now))) {
          seek.vacant = cell;
          seek.vacant_word = word;
        }
      }
    }
  }
  return seek;
}

bool Buckets::may_grow() const {
  return chunks_[chunks_most_ - 1].cells.load(std::memory_order_seq_cst) == nullptr;
}

Buckets::Found Buckets::find(const CellKey& key, Now now) const {
  const Seek found = seek(key, now);
  if (found.cell != nullptr) return {found.cell, true};
  return {nullptr, found.vacant != nullptr || found.pending != nullptr || may_grow()};
}

Cell* Buckets::claim(const CellKey& key, unsigned version, Now now) {
  for (;;) {
    Seek found = seek(key, now);
    if (found.cell != nullptr) return found.cell;
    if (found.pending != nullptr) {
      // Somebody is at it: finish it for them rather than wait.
      settle(key, found.pending, found.pending_word.state, version);
      continue;
    }
    if (found.vacant == nullptr) {
      unsigned next = 0;
      while (next < chunks_most_ && chunks_[next].cells.load(std::memory_order_seq_cst) != nullptr) ++next;
      if (next == chunks_most_ || grow(next) == nullptr) return nullptr;
      continue;
    }
    const std::uint64_t attempt = attempts_.fetch_add(1, std::memory_order_relaxed);
    const Word pending{tag::with_version(key.identity, tag::kPending), attempt};
    if (found.vacant->replace(found.vacant_word, pending)) settle(key, found.vacant, attempt, version);
  }
}

void Buckets::settle(const CellKey& key, Cell* mine, std::uint64_t attempt, unsigned version) {
  Word pending{tag::with_version(key.identity, tag::kPending), attempt};
  bool before_mine = true;
  for (unsigned chunk = 0; chunk < chunks_most_; ++chunk) {
    Cell* cells = chunks_[chunk].cells.load(std::memory_order_seq_cst);
    if (cells == nullptr) break;
    Cell* first = bucket(cells, chunk, key);
    for (Cell* cell = first; cell != first + kSlots; ++cell) {
      if (cell == mine) {
        before_mine = false;
        continue;
      }
      if (tag::identity(cell->tag()) != key.identity) continue;
      Word other = cell->load();
      while (tag::identity(other.tag) == key.identity) {
        if (!is_pending(other.tag) || before_mine) {
          mine->replace(pending, Word{});
          return;
        }
        if (cell->replace(other, Word{})) break;
      }
    }
  }
  mine->replace(pending, {tag::with_version(key.identity, version), 0});
}

Cell* Buckets::grow(unsigned chunk) {
  const std::size_t size = std::size_t{bucket_count(chunk)} * kSlots * sizeof(Cell);
  // From calloc: the system gives zero pages as they are touched.
  void* memory = std::calloc(1, size + kLine);
  if (memory == nullptr) return nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  auto* cells = reinterpret_cast<Cell*>((address + kLine - 1) / kLine * kLine);
  Cell* none = nullptr;
  if (chunks_[chunk].cells.compare_exchange_strong(none, cells, std::memory_order_seq_cst)) {
    chunks_[chunk].memory = memory;
    return cells;
  }
  std::free(memory);
  return none;
}

bool Buckets::put(Position position, Word word) {
  if (position.chunk >= kChunksMost || position.bucket >= bucket_count(position.chunk)) return false;
  while (position.chunk >= chunks_most_) {
    --position.chunk;
    position.bucket >>= 2;
  }
  for (unsigned made = 0; made <= position.chunk; ++made)
    if (chunks_[made].cells.load(std::memory_order_seq_cst) == nullptr && grow(made) == nullptr) return false;
  for (;;) {
    Cell* first =
        chunks_[position.chunk].cells.load(std::memory_order_seq_cst) + std::size_t{position.bucket} * kSlots;
    for (Cell* cell = first; cell != first + kSlots; ++cell)
      if (Word none; cell->replace(none, word)) return true;
    if (position.chunk == 0) return false;
    --position.chunk;
    position.bucket >>= 2;
  }
}

std::size_t Buckets::capacity() const {
  std::size_t sum = 0;
  for (unsigned chunk = 0; chunk < chunks_most_; ++chunk) sum += std::size_t{bucket_count(chunk)} * kSlots;
  return sum;
}

std::size_t Buckets::reserved() const {
  std::size_t sum = 0;
  for (unsigned chunk = 0; chunk < chunks_most_; ++chunk)
    if (chunks_[chunk].cells.load(std::memory_order_seq_cst) != nullptr)
      sum += std::size_t{bucket_count(chunk)} * kSlots;
  return sum;
}

}  // namespace reeve::limits
