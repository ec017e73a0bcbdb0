// SPDX-License-Identifier: Apache-2.0
// One counter: whose it is (tag) and what it stands at (state), sixteen bytes that change only together. So a
// counter can be charged, be given to somebody else or be carried over to a changed limit by one
// compare-and-swap, and whoever works on an outdated view of it fails and looks again. Knows no limits.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "policy/limit.h"

namespace reeve::limits {

/// Read once a batch by the reactor, or given by the simulator. Rates go by `mono`, quotas by `wall`.
struct Now {
  MonoTime mono;
  WallTime wall;
};

/// What a cell holds. No tag = free.
struct Word {
  std::uint64_t tag = 0;
  std::uint64_t state = 0;
  bool operator==(const Word&) const = default;
};

/// A tag is, from the top: the limit's record (16 bits, never 0), its kind (2), the version of the limit that
/// the state was counted under (2), and 44 bits of the subject's hash. All but the version is the identity.
namespace tag {

inline constexpr unsigned kVersionShift = 44;
inline constexpr std::uint64_t kVersionMask = std::uint64_t{3} << kVersionShift;
inline constexpr std::uint64_t kHashMask = (std::uint64_t{1} << kVersionShift) - 1;
/// In place of a version: the cell is being claimed, `state` is the number of the attempt.
inline constexpr unsigned kPending = 3;

constexpr std::uint64_t of(std::uint16_t record, policy::LimitKind kind, std::uint64_t hash) {
  return std::uint64_t{record} << 48 | std::uint64_t{static_cast<std::uint8_t>(kind)} << 46 |
         (hash & kHashMask);
}
constexpr std::uint64_t identity(std::uint64_t tag) {
  return tag & ~kVersionMask;
}
constexpr unsigned version(std::uint64_t tag) {
  return static_cast<unsigned>((tag & kVersionMask) >> kVersionShift);
}
constexpr std::uint64_t with_version(std::uint64_t identity, unsigned version) {
  return identity | std::uint64_t{version} << kVersionShift;
}
constexpr policy::LimitKind kind(std::uint64_t tag) {
  return static_cast<policy::LimitKind>(tag >> 46 & 3);
}
constexpr std::uint16_t record(std::uint64_t tag) {
  return static_cast<std::uint16_t>(tag >> 48);
}

}  // namespace tag

class alignas(16) Cell {
 public:
  /// Sequentially consistent, free on x86 for loads: the protocol of Buckets::claim needs that of two
  /// attempts one sees the other. For everything else acquire would do: a word publishes no data but itself.
  std::uint64_t tag() const { return __atomic_load_n(&halves_[0], __ATOMIC_SEQ_CST); }

  /// Tag and state that belong together, as far as two loads can tell: enough to look at a counter, or as the
  /// expectation of replace(), which is what decides.
  Word load() const {
    for (;;) {
      const std::uint64_t before = tag();
      const std::uint64_t state = __atomic_load_n(&halves_[1], __ATOMIC_SEQ_CST);
      if (tag() == before) return {before, state};
    }
  }

  /// Puts `wanted` where `expected` is; else tells in `expected` what is there. Sequentially consistent, see
  /// tag().
  bool replace(Word& expected, Word wanted);
  /// Whatever is there; for whoever is alone with the cell.
  void put(Word word) {
    for (Word seen = load(); !replace(seen, word);) {
    }
  }

 private:
  std::uint64_t halves_[2] = {0, 0};  // tag, state
};
static_assert(sizeof(Cell) == 16);

}  // namespace reeve::limits
