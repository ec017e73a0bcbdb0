// SPDX-License-Identifier: Apache-2.0
// The table of keys: what is added is found by its id, or by its hash if it is foreign, and by nothing else.
#include "policy/caller.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/prng.h"

namespace reeve::policy {
namespace {

std::array<std::uint8_t, 32> hash_of(std::uint64_t seed) {
  Prng prng(seed);
  std::array<std::uint8_t, 32> hash;
  for (std::uint8_t& byte : hash) byte = static_cast<std::uint8_t>(prng.next());
  return hash;
}

Key own(std::uint64_t seed, std::uint32_t caller = 0) {
  return {.hash = hash_of(seed), .caller = caller};
}
Key foreign(std::uint64_t seed, std::uint32_t caller = 0) {
  Key key = own(seed, caller);
  key.foreign = true;
  return key;
}

TEST(KeyTable, AnEmptyOneFindsNothing) {
  const KeyTable table;
  EXPECT_EQ(table.find("7Qd2XkPa"), kNone);
  EXPECT_EQ(table.find_foreign(hash_of(1)), kNone);
  EXPECT_EQ(table.named(""), kNone);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_FALSE(table.any_foreign());
}

TEST(KeyTable, FindsByIdWhatIsNotForeign) {
  KeyTable table;
  ASSERT_TRUE(table.add("7Qd2XkPa", own(1, 5), std::nullopt));
  const std::uint32_t index = table.find("7Qd2XkPa");
  ASSERT_NE(index, kNone);
  EXPECT_EQ(table[index].caller, 5u);
  EXPECT_EQ(table.id(index), "7Qd2XkPa");
  EXPECT_EQ(table.dates(table[index]), nullptr);
  EXPECT_EQ(table.find("7Qd2XkPA"), kNone);
  EXPECT_EQ(table.find("7Qd2XkP"), kNone);
  EXPECT_EQ(table.find_foreign(hash_of(1)), kNone);
}

TEST(KeyTable, IdsOfAnyLengthComeBackWhole) {
  KeyTable table;
  const std::string ids[] = {"a",        "12345678",         "123456789", std::string(128, 'x'),
                             "87654321", "12345678-and-more"};
  for (std::size_t i = 0; i < std::size(ids); ++i)
    ASSERT_TRUE(table.add(ids[i], foreign(i + 1), std::nullopt));
  for (std::size_t i = 0; i < std::size(ids); ++i) {
    EXPECT_EQ(table.named(ids[i]), i);
    EXPECT_EQ(table.id(static_cast<std::uint32_t>(i)), ids[i]);
  }
}

TEST(KeyTable, FindsForeignOnesByHashAndForPeopleByName) {
  KeyTable table;
  ASSERT_TRUE(table.add("legacy-1", foreign(1, 6), std::nullopt));
  EXPECT_TRUE(table.any_foreign());
  EXPECT_EQ(table.find("legacy-1"), kNone);
  const std::uint32_t index = table.find_foreign(hash_of(1));
  ASSERT_NE(index, kNone);
  EXPECT_EQ(table[index].caller, 6u);
  EXPECT_EQ(table.named("legacy-1"), index);
}

TEST(KeyTable, RefusesAnIdTwiceAndAForeignHashTwice) {
  KeyTable table;
  ASSERT_TRUE(table.add("a", own(1), std::nullopt));
  EXPECT_FALSE(table.add("a", own(2), std::nullopt));
  EXPECT_FALSE(table.add("a", foreign(2), std::nullopt));
  ASSERT_TRUE(table.add("b", foreign(2), std::nullopt));
  EXPECT_FALSE(table.add("c", foreign(2), std::nullopt));
  ASSERT_TRUE(table.add("c", own(2), std::nullopt));  // one secret, two keys: the ids tell them apart
  EXPECT_EQ(table.size(), 3u);
}

TEST(KeyTable, KeepsDatesOfThoseThatHaveSome) {
  KeyTable table;
  ASSERT_TRUE(table.add("a", own(1), std::nullopt));
  ASSERT_TRUE(table.add("b", own(2), KeyDates{.revoked = true}));
  ASSERT_TRUE(table.add("c", own(3), KeyDates{.expires = WallTime(std::chrono::seconds(7))}));
  EXPECT_EQ(table.dates(table[table.find("a")]), nullptr);
  EXPECT_TRUE(table.dates(table[table.find("b")])->revoked);
  EXPECT_EQ(table.dates(table[table.find("c")])->expires, WallTime(std::chrono::seconds(7)));
}

TEST(KeyTable, OfManyFindsEachAndNoOther) {
  constexpr std::uint64_t kSeed = 20261124;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Prng prng(kSeed);
  KeyTable table;
  std::map<std::string, std::pair<std::uint64_t, bool>> model;
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    std::string id(1 + prng.below(8), '\0');
    for (char& c : id) c = static_cast<char>('a' + prng.below(4));
    const bool is_foreign = prng.chance(1, 3);
    const bool added =
        table.add(id, is_foreign ? foreign(i, static_cast<std::uint32_t>(i)) : own(i), std::nullopt);
    ASSERT_EQ(added, model.try_emplace(id, i, is_foreign).second) << id;
  }
  ASSERT_EQ(table.size(), model.size());
  for (const auto& [id, entry] : model) {
    const auto& [seed, is_foreign] = entry;
    const std::uint32_t index = table.named(id);
    ASSERT_NE(index, kNone);
    EXPECT_EQ(table.id(index), id);
    EXPECT_EQ(table[index].hash, hash_of(seed));
    EXPECT_EQ(table.find(id), is_foreign ? kNone : index);
    EXPECT_EQ(table.find_foreign(hash_of(seed)), is_foreign ? index : kNone);
    EXPECT_EQ(table.named(id + "e"), kNone);
  }
}

}  // namespace
}  // namespace reeve::policy
