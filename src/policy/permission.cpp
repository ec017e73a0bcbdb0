// SPDX-License-Identifier: Apache-2.0
#include "policy/permission.h"

namespace reeve::policy {

bool holds(std::string_view granted, std::string_view required) {
  if (granted.ends_with('*')) return required.starts_with(granted.substr(0, granted.size() - 1));
  return granted == required;
}

std::uint32_t GrantTable::add() {
  bits_.resize(bits_.size() + words_);
  return rows_++;
}

void GrantTable::grant(std::uint32_t row, std::uint32_t permission) {
  bits_[std::size_t{row} * words_ + permission / 64] |= std::uint64_t{1} << (permission % 64);
}

}  // namespace reeve::policy
