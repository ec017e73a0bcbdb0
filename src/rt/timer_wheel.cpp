// SPDX-License-Identifier: Apache-2.0
// A timer hangs in the level that covers its distance: level 0 holds the next 64 ticks, level 1 the next 64², …
// When a level's hand has gone round, the next level's slot is spread over it.
#include "rt/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <memory>

namespace reeve::rt {

TimerWheel::TimerWheel(MonoTime start) : start_(start) {
  using Lists = std::array<std::array<Timer, kSlots>, kLevels>;
  void* memory = ::operator new(sizeof(Lists));
  lists_ = static_cast<Lists*>(memory);
  for (auto& level : *lists_) {
    for (Timer& list : level) {
      std::construct_at(&list, nullptr);
      list.next_ = list.previous_ = &list;
    }
  }
}

TimerWheel::~TimerWheel() {
  for (auto& level : *lists_) {
    for (Timer& list : level) {
      while (list.next_ != &list) list.next_->unlink();
      list.next_ = nullptr;
      std::destroy_at(&list);
    }
  }
  ::operator delete(lists_);
}

void TimerWheel::link(Timer& timer) {
  timer.unlink();
  if (timer.due_ == MonoTime::max()) return;
  timer.tick_ = std::max(tick_of(timer.due_), current_ + 1);
  constexpr unsigned kTop = kBits * (kLevels - 1);
  const std::uint64_t farthest = ((current_ >> kTop) + kSlots - 1) << kTop;
  timer.tick_ = std::min(timer.tick_, farthest);  // beyond the wheel: looked at again out there
  const std::uint64_t tick = timer.tick_;
  // The level whose slots tell this tick from the present one.
  unsigned level = 0;
  while (level + 1 < kLevels && (tick >> (kBits * (level + 1))) != (current_ >> (kBits * (level + 1)))) ++level;
  const unsigned slot = static_cast<unsigned>(tick >> (kBits * level)) & (kSlots - 1);
  occupied_[level] |= std::uint64_t{1} << slot;
  Timer& list = (*lists_)[level][slot];
  timer.previous_ = list.previous_;
  timer.next_ = &list;
  list.previous_->next_ = &timer;
  list.previous_ = &timer;
}

void TimerWheel::run_slot(unsigned level, unsigned slot, MonoTime now) {
  Timer& list = (*lists_)[level][slot];
  if (list.next_ == &list) return;
  // Taken off as a whole first: what fires may arm timers into this very slot.
  Timer taken(nullptr);
  taken.next_ = list.next_;
  taken.previous_ = list.previous_;
  taken.next_->previous_ = &taken;
  taken.previous_->next_ = &taken;
  list.next_ = list.previous_ = &list;
  while (taken.next_ != &taken) {
    Timer& timer = *taken.next_;
    timer.unlink();
    if (timer.due_ <= now) {
      timer.due_ = MonoTime::max();
      timer.fire_(timer);
    } else {
      link(timer);
    }
  }
  taken.next_ = nullptr;
}

void TimerWheel::advance(MonoTime now) {
  if (now < start_) return;
  const auto target = static_cast<std::uint64_t>((now - start_) / kTick);
  while (current_ < target) {
    // Jump over ticks at which no slot of any level holds anything.
    const std::optional<MonoTime> upcoming = next();
    if (!upcoming || *upcoming > now) {
      current_ = target;
      return;
    }
    current_ = std::max(current_ + 1, tick_of(*upcoming));
    // Spread the slots that begin at this tick, outermost first, then run the innermost.
    unsigned level = 0;
    while (level + 1 < kLevels && (current_ & ((std::uint64_t{1} << (kBits * (level + 1))) - 1)) == 0) ++level;
    for (;; --level) {
      run_slot(level, static_cast<unsigned>(current_ >> (kBits * level)) & (kSlots - 1), now);
      if (level == 0) break;
    }
  }
}

bool TimerWheel::empty(unsigned level, unsigned slot) const {
  const Timer& list = (*lists_)[level][slot];
  if (list.next_ != &list) return false;
  occupied_[level] &= ~(std::uint64_t{1} << slot);
  return true;
}

std::optional<MonoTime> TimerWheel::next() const {
  for (unsigned level = 0; level < kLevels; ++level) {
    const std::uint64_t hand = current_ >> (kBits * level);
    const unsigned position = static_cast<unsigned>(hand) & (kSlots - 1);
    // Bit 0 = the hand's own slot, which has been run; only the top level wraps, the others end their turn.
    std::uint64_t ahead = std::rotr(occupied_[level], static_cast<int>(position)) & ~std::uint64_t{1};
    if (level + 1 < kLevels) ahead &= ~std::uint64_t{0} >> position;
    for (; ahead != 0; ahead &= ahead - 1) {
      const unsigned distance = static_cast<unsigned>(std::countr_zero(ahead));
      if (!empty(level, (position + distance) & (kSlots - 1)))
        return start_ + kTick * static_cast<std::int64_t>((hand + distance) << (kBits * level));
    }
  }
  return std::nullopt;
}

}  // namespace reeve::rt
