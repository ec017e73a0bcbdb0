// SPDX-License-Identifier: Apache-2.0
// The table of keys: two open-addressing indices, by id and (foreign keys) by hash, over one array.
#include "policy/caller.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace reeve::policy {

namespace {

/// Ids and hashes are data of the operator's; an attacker chooses only what is looked for, never what is
/// stored, so no keyed hash is needed. Eight bytes at a time: most ids are just that long.
std::uint64_t hashed(std::string_view id) {
  std::uint64_t h = id.size();
  for (std::size_t i = 0; i < id.size(); i += 8) {
    std::uint64_t part = 0;
    std::memcpy(&part, id.data() + i, std::min<std::size_t>(id.size() - i, 8));
    h = (h ^ part) * 0x9e3779b97f4a7c15;
    h ^= h >> 29;
  }
  return h;
}

std::uint64_t hashed(const std::array<std::uint8_t, 32>& hash) {
  std::uint64_t h;
  std::memcpy(&h, hash.data(), sizeof h);
  return h;
}

/// The slot of what is looked for, or the empty one where it would stand.
template <class Same>
std::size_t slot_of(const std::vector<std::uint32_t>& slots, std::uint64_t hash, Same&& same) {
  const std::size_t mask = slots.size() - 1;
  std::size_t at = hash & mask;
  while (slots[at] != 0 && !same(slots[at] - 1)) at = (at + 1) & mask;
  return at;
}

/// At most two thirds full: a larger table of the same entries.
template <class HashOf>
void make_room(std::vector<std::uint32_t>& slots, std::size_t count, HashOf&& hash_of) {
  if (!slots.empty() && (count + 1) * 3 <= slots.size() * 2) return;
  std::vector<std::uint32_t> larger(slots.empty() ? 16 : slots.size() * 2);
  for (const std::uint32_t entry : slots)
    if (entry != 0) larger[slot_of(larger, hash_of(entry - 1), [](std::uint32_t) { return false; })] = entry;
  slots = std::move(larger);
}

}  // namespace

std::optional<Code> out_of_force(const KeyDates& dates, std::optional<WallTime> now) {
  const auto reached = [&](const std::optional<WallTime>& date) { return now && date && *now >= *date; };
  if (dates.revoked || reached(dates.revoked_at)) return Code::CredentialRevoked;
  if (now && dates.not_before && *now < *dates.not_before) return Code::CredentialNotYetValid;
  if (reached(dates.expires)) return Code::CredentialExpired;
  return std::nullopt;
}

std::string_view KeyTable::id(std::uint32_t index) const {
  const Key& key = keys_[index];
  if (!key.long_id) return {key.id.data(), key.id.size()};
  const auto [begin, size] = std::bit_cast<std::array<std::uint32_t, 2>>(key.id);
  return std::string_view(long_ids_).substr(begin, size);
}

bool KeyTable::add(std::string_view new_id, Key key, const std::optional<KeyDates>& dates) {
  make_room(by_id_, keys_.size(), [&](std::uint32_t i) { return hashed(id(i)); });
  const std::size_t at = slot_of(by_id_, hashed(new_id), [&](std::uint32_t i) { return id(i) == new_id; });
  if (by_id_[at] != 0) return false;
  const auto index = static_cast<std::uint32_t>(keys_.size());
  if (key.foreign) {
    make_room(by_foreign_, foreign_count_, [&](std::uint32_t i) { return hashed(keys_[i].hash); });
    const std::size_t other =
        slot_of(by_foreign_, hashed(key.hash), [&](std::uint32_t i) { return keys_[i].hash == key.hash; });
    if (by_foreign_[other] != 0) return false;
    by_foreign_[other] = index + 1;
    ++foreign_count_;
  }
  by_id_[at] = index + 1;
  key.long_id = new_id.size() != key.id.size();
  if (key.long_id) {
    key.id = std::bit_cast<std::array<char, 8>>(std::array<std::uint32_t, 2>{
        static_cast<std::uint32_t>(long_ids_.size()), static_cast<std::uint32_t>(new_id.size())});
    long_ids_.append(new_id);
  } else {
    std::memcpy(key.id.data(), new_id.data(), key.id.size());
  }
  if (dates) {
    key.dates = static_cast<std::uint32_t>(dates_.size());
    dates_.push_back(*dates);
  }
  keys_.push_back(key);
  return true;
}

std::uint32_t KeyTable::named(std::string_view wanted) const {
  if (by_id_.empty()) return kNone;
  const std::uint32_t entry =
      by_id_[slot_of(by_id_, hashed(wanted), [&](std::uint32_t i) { return id(i) == wanted; })];
  return entry == 0 ? kNone : entry - 1;
}

std::uint32_t KeyTable::find(std::string_view wanted) const {
  const std::uint32_t index = named(wanted);
  return index == kNone || keys_[index].foreign ? kNone : index;
}

std::uint32_t KeyTable::find_foreign(const std::array<std::uint8_t, 32>& hash) const {
  if (by_foreign_.empty()) return kNone;
  const std::uint32_t entry =
      by_foreign_[slot_of(by_foreign_, hashed(hash), [&](std::uint32_t i) { return keys_[i].hash == hash; })];
  return entry == 0 ? kNone : entry - 1;
}

}  // namespace reeve::policy
