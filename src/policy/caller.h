// SPDX-License-Identifier: Apache-2.0
// Who may call: organisations, teams, callers and their keys as plain data (contract, 2 and 3). Small, since
// there may be a million. Never a key itself: ids, and hashes of secrets. Found by index; names are looked up
// only where people ask.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/source_pos.h"
#include "base/time.h"
#include "policy/address_set.h"
#include "policy/index.h"
#include "policy/limit.h"
#include "policy/permission.h"

namespace reeve::policy {

enum class KeyEnvironment : std::uint8_t { Live, Test };

struct Organisation {
  std::string name;
  SourcePos at;
};

struct Team {
  std::string name;
  SourcePos at;
  std::uint32_t organisation = kNone;
  std::vector<RoleUse> roles;
  std::vector<LimitUse> limits;
  std::vector<std::uint32_t> admins;  ///< callers
};

/// What few callers have.
struct CallerExtra {
  NetworkRule networks;
  std::vector<LimitUse> limits;
};

struct Caller {
  std::string name;
  SourcePos at;
  std::uint32_t team = kNone;
  std::uint32_t grant = 0;        ///< row of Snapshot::grants: its own and its team's roles
  std::uint32_t extra = kNone;    ///< index in Snapshot::caller_extras
  std::uint32_t roles_begin = 0;  ///< its own, in Snapshot::caller_roles
  std::uint32_t roles_count = 0;
};

/// A key's dates, which few keys have.
struct KeyDates {
  std::optional<WallTime> not_before;
  std::optional<WallTime> expires;     ///< refused from this moment on
  std::optional<WallTime> revoked_at;  ///< `revoked: <time>`
  bool revoked = false;                ///< `revoked: true`
  SourcePos not_before_at;
  SourcePos expires_at;
  SourcePos revoked_pos;
};

/// Why a key is out of force, the first reason that holds (rules, 3): revoked, not yet valid, expired.
/// Without a time (`expect` without `at`) only what is revoked for good.
std::optional<Code> out_of_force(const KeyDates& dates, std::optional<WallTime> now);

/// One cache line: what looking a key up touches.
struct alignas(64) Key {
  std::array<std::uint8_t, 32> hash;  ///< SHA-256 of the secret; of the whole text for a foreign key
  std::uint32_t caller;
  std::uint32_t dates = kNone;  ///< index in KeyTable::dates
  SourcePos at;                 ///< of its id
  KeyEnvironment environment = KeyEnvironment::Live;
  bool foreign = false;
  bool long_id = false;         ///< the table's own: `id` says where in its texts
  std::array<char, 8> id = {};  ///< the table's own
};
static_assert(sizeof(Key) == 64);

/// All keys, found by id or, foreign ones, by hash. Immutable once built; `find` allocates nothing.
class KeyTable {
 public:
  /// `id`: 8 base62 characters, or any name for a foreign key. Returns false when that id (or, foreign, that
  /// hash) is there already.
  bool add(std::string_view id, Key key, const std::optional<KeyDates>& dates);

  /// Index of the key of that id that is not foreign, or kNone.
  std::uint32_t find(std::string_view id) const;
  /// Index of the foreign key of that hash, or kNone.
  std::uint32_t find_foreign(const std::array<std::uint8_t, 32>& hash) const;
  /// Of any kind, by id: for people's questions.
  std::uint32_t named(std::string_view id) const;

  const Key& operator[](std::uint32_t index) const { return keys_[index]; }
  const KeyDates* dates(const Key& key) const { return key.dates == kNone ? nullptr : &dates_[key.dates]; }
  std::string_view id(std::uint32_t index) const;
  std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }
  bool any_foreign() const { return foreign_count_ != 0; }

 private:
  std::vector<Key> keys_;
  std::vector<KeyDates> dates_;
  std::string long_ids_;                   ///< those that are not 8 characters: foreign keys
  std::vector<std::uint32_t> by_id_;       ///< open addressing; index + 1, 0 = empty
  std::vector<std::uint32_t> by_foreign_;  ///< likewise, by hash
  std::uint32_t foreign_count_ = 0;
};

}  // namespace reeve::policy
