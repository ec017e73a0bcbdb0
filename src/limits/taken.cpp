// SPDX-License-Identifier: Apache-2.0
#include "limits/taken.h"

namespace reeve::limits {

void Taken::add(const Entry& entry) {
  if (count_ < kFew) {
    few_[count_++] = entry;
  } else {
    more_.push_back(entry);
  }
}

/// Last taken first, and forgets them.
template <class Each>
void Taken::each_back(Each&& each) {
  for (; !more_.empty(); more_.pop_back()) each(more_.back());
  while (count_ > 0) each(few_[--count_]);
}

void Taken::undo(const Entry& entry, Now now) {
  Word seen = entry.cell->load();
  while (tag::identity(seen.tag) == entry.identity && tag::version(seen.tag) != tag::kPending) {
    const Version& version = entry.record->now_valid();
    const std::uint64_t state = entry.record->state_under(version, seen);
    const std::uint64_t back = version.given_back(state, entry.mark, now);
    if (back == state) return;
    if (entry.cell->replace(seen, {tag::with_version(entry.identity, version.number()), back})) return;
  }
}

void Taken::release() {
  each_back([](const Entry& entry) {
    // Nothing that is open depends on the time.
    if (tag::kind(entry.identity) == policy::LimitKind::Concurrency) undo(entry, {});
  });
}

void Taken::give_back(Now now) {
  each_back([&](const Entry& entry) { undo(entry, now); });
}

}  // namespace reeve::limits
