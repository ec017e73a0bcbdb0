// SPDX-License-Identifier: Apache-2.0
// Sets of addresses against looking at every entry, and the verdict of `networks:`.
#include "policy/address_set.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/prng.h"

namespace reeve::policy {
namespace {

AddressSet set_of(std::initializer_list<const char*> texts) {
  std::vector<AddressSet::Entry> entries;
  for (const char* text : texts)
    entries.push_back({IpNetwork::parse(text).network.value(),
                       SourcePos{.line = static_cast<std::uint32_t>(entries.size() + 1)}});
  return AddressSet(std::move(entries));
}
IpAddress ip(const char* text) {
  return IpAddress::parse(text).value();
}

TEST(AddressSet, HoldsWhatItsEntriesHold) {
  const AddressSet set =
      set_of({"203.0.113.0/24", "203.0.113.128/25", "2001:db8::/32", "10.0.0.1", "0.0.0.0/8"});
  for (const char* inside :
       {"203.0.113.0", "203.0.113.255", "2001:db8:ffff::1", "10.0.0.1", "::ffff:10.0.0.1", "0.0.0.0"})
    EXPECT_TRUE(set.contains(ip(inside))) << inside;
  for (const char* outside :
       {"203.0.112.255", "203.0.114.0", "2001:db7:ffff::", "2001:db9::", "10.0.0.0", "10.0.0.2", "1.0.0.0"})
    EXPECT_FALSE(set.contains(ip(outside))) << outside;
  EXPECT_FALSE(AddressSet().contains(ip("10.0.0.1")));
}

TEST(AddressSet, EverythingIsAnEntryToo) {
  const AddressSet v4 = set_of({"0.0.0.0/0"});
  EXPECT_TRUE(v4.contains(ip("255.255.255.255")));
  EXPECT_TRUE(v4.contains(ip("0.0.0.0")));
  EXPECT_FALSE(v4.contains(ip("::1")));
  const AddressSet v6 = set_of({"::/0", "1::/16"});
  EXPECT_TRUE(v6.contains(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")));
  EXPECT_FALSE(v6.contains(ip("1.2.3.4")));
}

TEST(AddressSet, TellsTheFirstEntryInTheFilesOrder) {
  const AddressSet set = set_of({"10.1.0.0/16", "10.0.0.0/8", "10.1.2.0/24"});
  EXPECT_EQ(set.entry_of(ip("10.1.2.3"))->at.line, 1u);
  EXPECT_EQ(set.entry_of(ip("10.2.2.3"))->at.line, 2u);
  EXPECT_EQ(set.entry_of(ip("11.2.2.3")), nullptr);
  EXPECT_EQ(set.entries().size(), 3u);
}

/// Random addresses crowd in few corners, so that networks overlap, touch and begin at borders.
IpAddress random_address(Prng& prng, bool v4) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::uint8_t& byte : bytes) {
    static constexpr std::uint8_t kCorners[] = {0, 1, 127, 128, 254, 255};
    byte = prng.chance(3, 4) ? kCorners[prng.below(6)] : static_cast<std::uint8_t>(prng.below(256));
  }
  if (v4) return IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
  return IpAddress::v6(bytes);
}
/// One before or behind, wrapping.
IpAddress neighbour(const IpAddress& address, bool up) {
  std::array<std::uint8_t, 16> bytes{};
  const unsigned count = address.bit_count() / 8;
  std::copy_n(address.bytes(), count, bytes.begin());
  for (unsigned i = count; i-- > 0;) {
    bytes[i] = static_cast<std::uint8_t>(bytes[i] + (up ? 1 : 255));
    if (bytes[i] != (up ? 0 : 255)) break;
  }
  return count == 4 ? IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]}) : IpAddress::v6(bytes);
}

TEST(AddressSet, AgreesWithLookingAtEveryEntry) {
  const std::uint64_t seed = 0x5eed;
  SCOPED_TRACE(seed);
  Prng prng(seed);
  for (int round = 0; round < 60; ++round) {
    // Small sets are searched, large ones have an index.
    const std::size_t count = round % 3 == 0 ? 1 + prng.below(6) : 40 + prng.below(200);
    const bool v4_only = prng.chance(1, 2);
    std::vector<AddressSet::Entry> entries;
    std::vector<IpAddress> asked;
    for (std::size_t i = 0; i < count; ++i) {
      const IpAddress base = random_address(prng, v4_only || prng.chance(1, 2));
      const unsigned bits = base.bit_count();
      const auto prefix = static_cast<unsigned>(
          prng.chance(1, 30) ? prng.below(9) : bits / 4 + prng.below(bits - bits / 4 + 1));
      const IpNetwork network(base, prefix);
      entries.push_back({network, {}});
      for (const IpAddress& address : {base, network.base()})
        for (const IpAddress& near : {address, neighbour(address, true), neighbour(address, false)})
          asked.push_back(near);
    }
    for (int i = 0; i < 300; ++i) asked.push_back(random_address(prng, prng.chance(1, 2)));
    const AddressSet set(entries);
    for (const IpAddress& address : asked) {
      const auto first =
          std::ranges::find_if(entries, [&](const auto& e) { return e.network.contains(address); });
      ASSERT_EQ(set.contains(address), first != entries.end()) << address.to_string() << " round " << round;
      const AddressSet::Entry* entry = set.entry_of(address);
      ASSERT_EQ(entry != nullptr, first != entries.end());
      if (entry != nullptr) ASSERT_EQ(entry - set.entries().data(), first - entries.begin());
    }
  }
}

class Networks : public testing::Test {
 protected:
  Networks() {
    lists.push_back({"office", {}, set_of({"203.0.113.0/24"})});
    lists.push_back({"", {}, set_of({"203.0.113.9", "198.51.100.0/24"})});
    lists.push_back({"home", {}, set_of({"192.0.2.0/24"})});
  }
  std::vector<NetworkList> lists;
};

TEST_F(Networks, DenyBeatsAllow) {
  const NetworkRule rule{.restricted = true, .allow = {{0, {}}, {2, {}}}, .deny = {{1, {}}}};
  EXPECT_EQ(judge(rule, lists, ip("203.0.113.8")), NetworkVerdict::Pass);
  EXPECT_EQ(judge(rule, lists, ip("192.0.2.1")), NetworkVerdict::Pass);
  EXPECT_EQ(judge(rule, lists, ip("203.0.113.9")), NetworkVerdict::Blocked);
  EXPECT_EQ(judge(rule, lists, ip("198.51.100.1")), NetworkVerdict::Blocked);
  EXPECT_EQ(judge(rule, lists, ip("8.8.8.8")), NetworkVerdict::NotAllowed);
}

TEST_F(Networks, AbsentAllowIsAnywhere) {
  EXPECT_EQ(judge({}, lists, ip("8.8.8.8")), NetworkVerdict::Pass);
  EXPECT_TRUE(NetworkRule{}.empty());
}

TEST_F(Networks, WithoutAnAddressEveryAllowFailsAndNoDenyMatches) {
  EXPECT_EQ(judge({.restricted = true, .allow = {{0, {}}}}, lists, std::nullopt), NetworkVerdict::NotAllowed);
  EXPECT_EQ(judge({.deny = {{0, {}}}}, lists, std::nullopt), NetworkVerdict::Pass);
}

}  // namespace
}  // namespace reeve::policy
