// SPDX-License-Identifier: Apache-2.0
#include "base/slips.h"

#include <algorithm>
#include <vector>

#include "base/ascii.h"

namespace reeve {

namespace {

char folded(char c) {
  return c == '_' ? '-' : ascii::lower(c);
}

}  // namespace

std::size_t slips(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t far = limit + 1;
  if ((a.size() > b.size() ? a.size() - b.size() : b.size() - a.size()) > limit) return far;
  // Optimal string alignment over three rows.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t k = 0; k <= b.size(); ++k) last[k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    std::size_t best = row[0];
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t differs = folded(a[i - 1]) == folded(b[k - 1]) ? 0 : 1;
      row[k] = std::min({last[k] + 1, row[k - 1] + 1, last[k - 1] + differs});
      if (i > 1 && k > 1 && folded(a[i - 1]) == folded(b[k - 2]) && folded(a[i - 2]) == folded(b[k - 1]))
        row[k] = std::min(row[k], before[k - 2] + 1);
      best = std::min(best, row[k]);
    }
    if (best > limit) return far;
    std::swap(before, last);
    std::swap(last, row);
  }
  return std::min(last[b.size()], far);
}

}  // namespace reeve
