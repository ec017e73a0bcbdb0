// SPDX-License-Identifier: Apache-2.0
// Permissions as bits (contract, 2, roles). Only permissions that some route requires get a number; what a
// set of roles grants is then a row of bits, made once, so that asking costs the same however many roles and
// wildcards there are. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_pos.h"

namespace reeve::policy {

/// Whether a permission as granted (`a:*` holds every rest, `*` is all) holds a required one.
bool holds(std::string_view granted, std::string_view required);

struct Role {
  struct Permission {
    std::string text;
    SourcePos at;
  };
  std::string name;
  SourcePos at;
  std::vector<Permission> permissions;
};

/// A role where it is given to a caller or a team.
struct RoleUse {
  std::uint32_t role;  ///< index in Snapshot::roles
  SourcePos at;
};

/// Rows of bits: which required permissions each distinct set of roles grants.
class GrantTable {
 public:
  /// `width` = how many permissions are required anywhere.
  explicit GrantTable(std::size_t width) : words_((width + 63) / 64) {}
  GrantTable() : GrantTable(0) {}

  /// A new row of zeros; returns its number.
  std::uint32_t add();
  void grant(std::uint32_t row, std::uint32_t permission);
  bool has(std::uint32_t row, std::uint32_t permission) const {
    return (bits_[std::size_t{row} * words_ + permission / 64] >> (permission % 64) & 1) != 0;
  }
  std::uint32_t size() const { return rows_; }

 private:
  std::size_t words_;
  std::uint32_t rows_ = 0;
  std::vector<std::uint64_t> bits_;
};

}  // namespace reeve::policy
