// SPDX-License-Identifier: Apache-2.0
// Two deeds compared in turns, for differences too small for one measurement after the other: each has a
// slice of time, then the other one; who begins changes from pair to pair, and ratios are taken inside a
// pair, so that what else the machine does hits both. Says the median and the 95 % interval of it by order
// statistics. For benchmarks.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

namespace reeve::test {

struct Spread {
  double low;
  double median;
  double high;
};

/// The values that hold the median with at least 95 % probability, however they are spread; all of them when
/// there are fewer than six.
inline Spread spread_of(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t count = values.size();
  std::size_t outer = 0;  // how many may be cut off at each end
  double tail = std::pow(0.5, static_cast<double>(count));
  double term = tail;
  while (outer + 1 < count / 2 && 2 * tail <= 0.05) {
    ++outer;
    term *= static_cast<double>(count - outer + 1) / static_cast<double>(outer);
    tail += term;
  }
  const std::size_t first = outer == 0 ? 0 : outer - 1;
  const double median = (values[(count - 1) / 2] + values[count / 2]) / 2;
  return {.low = values[first], .median = median, .high = values[count - 1 - first]};
}

struct Comparison {
  Spread first_ns;   ///< of one deed
  Spread second_ns;  ///< likewise
  Spread ratio;      ///< second to first, by pairs
};

/// Nanoseconds of one `deed()`, measured over at least `slice`.
template <typename Deed>
double nanoseconds_each(Deed& deed, std::chrono::nanoseconds slice) {
  constexpr int kBetweenLooks = 512;  // the clock costs as much as some deeds
  const auto start = std::chrono::steady_clock::now();
  std::chrono::nanoseconds elapsed{};
  double count = 0;
  while (elapsed < slice) {
    for (int i = 0; i < kBetweenLooks; ++i) deed();
    count += kBetweenLooks;
    elapsed = std::chrono::steady_clock::now() - start;
  }
  return static_cast<double>(elapsed.count()) / count;
}

template <typename First, typename Second>
Comparison in_turns(First first, Second second, int pairs = 60,
                    std::chrono::nanoseconds slice = std::chrono::milliseconds(250)) {
  std::vector<double> firsts;
  std::vector<double> seconds;
  std::vector<double> ratios;
  for (int i = 0; i < pairs; ++i) {
    if (i % 2 == 0) firsts.push_back(nanoseconds_each(first, slice));
    seconds.push_back(nanoseconds_each(second, slice));
    if (i % 2 != 0) firsts.push_back(nanoseconds_each(first, slice));
    ratios.push_back(seconds.back() / firsts.back());
  }
  return {.first_ns = spread_of(std::move(firsts)),
          .second_ns = spread_of(std::move(seconds)),
          .ratio = spread_of(std::move(ratios))};
}

}  // namespace reeve::test
