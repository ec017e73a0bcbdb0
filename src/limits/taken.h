// SPDX-License-Identifier: Apache-2.0
// What a request has taken of its counters. Concurrency is held until this is gone; rates and quotas stay
// taken unless they are given back (a late refusal by `body`, maintenance, no healthy target, an upstream
// that was not reached). Made by Table::charge, lives in the request; must not outlive the Table. Moving it
// moves the duty.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "limits/record.h"

namespace reeve::limits {

class Taken {
 public:
  Taken() = default;
  Taken(Taken&& other) noexcept { take_over(other); }
  Taken& operator=(Taken&& other) noexcept {
    if (this != &other) {
      release();
      take_over(other);
    }
    return *this;
  }
  ~Taken() { release(); }

  /// The request ended: what is open is open no longer, the rest stays taken.
  void release();
  /// The request was refused after all: everything is as if it had not come.
  void give_back(Now now);
  bool empty() const { return count_ == 0 && more_.empty(); }

 private:
  friend class Table;
  struct Entry {
    Cell* cell;
    const Record* record;
    std::uint64_t identity;  ///< of the cell: it may have become somebody else's
    std::uint64_t mark;      ///< Version::mark
  };
  static constexpr std::size_t kFew = 12;
  /// Into this one, which is empty.
  void take_over(Taken& other) {
    std::copy_n(other.few_.begin(), other.count_, few_.begin());
    count_ = std::exchange(other.count_, 0);
    more_ = std::exchange(other.more_, {});
  }
  void add(const Entry& entry);
  static void undo(const Entry& entry, Now now);
  template <class Each>
  void each_back(Each&& each);

  std::array<Entry, kFew> few_;
  std::uint32_t count_ = 0;
  std::vector<Entry> more_;  // a request with so many limits may allocate
};

}  // namespace reeve::limits
