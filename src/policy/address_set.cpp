// SPDX-License-Identifier: Apache-2.0
// Lists of networks become sorted, disjoint ranges; a large IPv4 list gets an index by its first two bytes,
// so that what remains to be searched is short.
#include "policy/address_set.h"

#include <algorithm>

namespace reeve::policy {

namespace {

constexpr std::size_t kIndexFrom = 64;  // below, a binary search is as quick and takes no memory
constexpr std::size_t kIndexSize = std::size_t{1} << 16;

std::uint32_t word_v4(const IpAddress& address) {
  const std::uint8_t* b = address.bytes();
  return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
}

std::array<std::uint64_t, 2> words_v6(const IpAddress& address) {
  std::array<std::uint64_t, 2> words{};
  for (std::size_t i = 0; i < 16; ++i) words[i / 8] = words[i / 8] << 8 | address.bytes()[i];
  return words;
}

/// The last address of a network that begins at `first`.
std::uint32_t last_v4(std::uint32_t first, unsigned prefix) {
  return prefix == 32 ? first : first | (0xffffffffu >> prefix);
}
std::array<std::uint64_t, 2> last_v6(std::array<std::uint64_t, 2> first, unsigned prefix) {
  if (prefix < 64) {
    first[0] |= ~std::uint64_t{0} >> prefix;
    first[1] = ~std::uint64_t{0};
  } else if (prefix < 128) {
    first[1] |= ~std::uint64_t{0} >> (prefix - 64);
  }
  return first;
}

/// The address behind; all ones has none.
bool follows(std::uint32_t last, std::uint32_t next) {
  return last != 0xffffffffu && last + 1 == next;
}
bool follows(const std::array<std::uint64_t, 2>& last, const std::array<std::uint64_t, 2>& next) {
  std::array<std::uint64_t, 2> behind = last;
  if (++behind[1] == 0 && ++behind[0] == 0) return false;
  return behind == next;
}

/// Sorts, and joins what overlaps or touches.
template <class Range>
void make_disjoint(std::vector<Range>& ranges) {
  std::ranges::sort(ranges, {}, &Range::first);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (kept > 0 &&
        (ranges[i].first <= ranges[kept - 1].last || follows(ranges[kept - 1].last, ranges[i].first))) {
      ranges[kept - 1].last = std::max(ranges[kept - 1].last, ranges[i].last);
    } else {
      ranges[kept++] = ranges[i];
    }
  }
  ranges.resize(kept);
  ranges.shrink_to_fit();
}

template <class Iterator, class Word>
bool held(Iterator begin, Iterator end, const Word& address) {
  const auto found =
      std::ranges::lower_bound(begin, end, address, {}, [](const auto& range) { return range.last; });
  return found != end && found->first <= address;
}

}  // namespace

AddressSet::AddressSet(std::vector<Entry> entries) : entries_(std::move(entries)) {
  for (const Entry& entry : entries_) {
    const IpNetwork& network = entry.network;
    if (network.base().is_v4()) {
      const std::uint32_t first = word_v4(network.base());
      v4_.push_back({first, last_v4(first, network.prefix())});
    } else {
      const WideAddress first = words_v6(network.base());
      v6_.push_back({first, last_v6(first, network.prefix())});
    }
  }
  make_disjoint(v4_);
  make_disjoint(v6_);
  if (v4_.size() < kIndexFrom) return;
  v4_index_.resize(kIndexSize + 1, static_cast<std::uint32_t>(v4_.size()));
  std::uint32_t range = 0;
  for (std::size_t high = 0; high < kIndexSize; ++high) {
    while (range < v4_.size() && v4_[range].last < high << 16) ++range;
    v4_index_[high] = range;
  }
}

bool AddressSet::contains(const IpAddress& address) const {
  if (!address.is_v4()) return held(v6_.begin(), v6_.end(), words_v6(address));
  const std::uint32_t word = word_v4(address);
  if (v4_index_.empty()) return held(v4_.begin(), v4_.end(), word);
  const std::uint32_t from = v4_index_[word >> 16];
  // The range that ends behind this /16 is the first one of the next; it may begin in this one.
  const auto to = std::min<std::size_t>(v4_index_[(word >> 16) + 1] + std::size_t{1}, v4_.size());
  return held(v4_.begin() + from, v4_.begin() + static_cast<std::ptrdiff_t>(to), word);
}

const AddressSet::Entry* AddressSet::entry_of(const IpAddress& address) const {
  for (const Entry& entry : entries_)
    if (entry.network.contains(address)) return &entry;
  return nullptr;
}

NetworkVerdict judge(const NetworkRule& rule, const std::vector<NetworkList>& lists,
                     const std::optional<IpAddress>& address) {
  const auto any = [&](const std::vector<NetworkRule::Use>& uses) {
    return address && std::ranges::any_of(uses, [&](const NetworkRule::Use& use) {
             return lists[use.list].set.contains(*address);
           });
  };
  if (any(rule.deny)) return NetworkVerdict::Blocked;
  if (rule.restricted && !any(rule.allow)) return NetworkVerdict::NotAllowed;
  return NetworkVerdict::Pass;
}

}  // namespace reeve::policy
