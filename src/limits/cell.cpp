// SPDX-License-Identifier: Apache-2.0
#include "limits/cell.h"

namespace reeve::limits {

namespace {

typedef unsigned __int128 Wide __attribute__((may_alias));
Wide wide(Word word) {
  return static_cast<Wide>(word.state) << 64 | word.tag;
}

}  // namespace

// Every x86-64 machine since 2006 has the instruction, the compiler's baseline has not. Not inline: inlined,
// it would be compiled for the baseline again.
#if defined(__x86_64__)
[[gnu::target("cx16"), gnu::noinline]]
#endif
bool Cell::replace(Word& expected, Word wanted) {
  const Wide was = wide(expected);
  const Wide found = __sync_val_compare_and_swap(reinterpret_cast<Wide*>(halves_), was, wide(wanted));
  if (found == was) return true;
  expected = {static_cast<std::uint64_t>(found), static_cast<std::uint64_t>(found >> 64)};
  return false;
}

}  // namespace reeve::limits
