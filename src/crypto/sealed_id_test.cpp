// SPDX-License-Identifier: Apache-2.0
// A decision id is opened by those who have its key and by nobody else; whatever is not exactly one is
// refused.
#include "crypto/sealed_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "crypto/base64url.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/allocator_interface.h>
#define REEVE_COUNTS_ALLOCATIONS
#endif
#endif

namespace reeve::crypto {
namespace {

using Bytes = std::vector<std::uint8_t>;

IdKey key(std::uint8_t number) {
  IdKey made;
  made.number = number;
  for (std::size_t i = 0; i < made.master.size(); ++i)
    made.master[i] = static_cast<std::uint8_t>(number * 31 + i);
  return made;
}

Bytes record(std::size_t size) {
  Bytes bytes;
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 7 + 1));
  return bytes;
}

std::string seal(IdSealer& sealer, const Bytes& plain) {
  std::array<char, kIdTextMost> out;
  return {out.data(), sealer.seal(plain, out.data())};
}

constexpr std::uint64_t kBoot = 0x0123456789abcdef;

TEST(SealedId, IsOpenedWithItsKeyOnly) {
  const std::array keys{key(1), key(2), key(3)};
  IdSealer sealer(keys[1], kBoot, 7);
  for (const std::size_t size : {0u, 1u, 63u, 95u, 127u, 157u}) {
    const std::string id = seal(sealer, record(size));
    EXPECT_EQ(id.size(), kIdPrefix.size() + base64url_size(kIdOverhead + size));
    EXPECT_LE(id.size(), 256u);
    const auto opened = open_id(id, keys);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(std::ranges::equal(opened->plain(), record(size)));

    EXPECT_EQ(open_id(id, std::span(keys).first(1)).error(), IdFlaw::KeyGone);
    EXPECT_EQ(open_id(id, {}).error(), IdFlaw::KeyGone);
    IdKey impostor = key(9);
    impostor.number = 2;
    EXPECT_EQ(open_id(id, {&impostor, 1}).error(), IdFlaw::Altered);
  }
}

TEST(SealedId, SurvivesARestartAndARotation) {
  const std::array kept{key(1), key(2)};
  IdSealer before(kept[0], kBoot, 0);
  const std::string old = seal(before, record(63));
  before.use(kept[1]);
  const std::string rotated = seal(before, record(63));
  IdSealer restarted(kept[1], kBoot + 1, 0);
  const std::string young = seal(restarted, record(63));
  for (const std::string& id : {old, rotated, young}) EXPECT_TRUE(open_id(id, kept));
  EXPECT_TRUE(open_id(old, std::span(kept).first(1)));
  EXPECT_EQ(open_id(rotated, std::span(kept).first(1)).error(), IdFlaw::KeyGone);
}

// Positions behind the key's number: all ids of one key begin alike.
TEST(SealedId, TellsNothingButItsSize) {
  IdSealer first(key(1), kBoot, 0);
  IdSealer second(key(1), kBoot, 1);
  std::set<std::string> blocks;
  std::set<char> characters_at_the_end;
  for (int i = 0; i < 1000; ++i)
    for (IdSealer* sealer : {&first, &second}) {
      const std::string id = seal(*sealer, record(95));
      EXPECT_EQ(id.size(), 173u);
      blocks.insert(id.substr(4, 20));
      characters_at_the_end.insert(id[100]);
    }
  EXPECT_EQ(blocks.size(), 2000u) << "no serial comes twice, and none is seen to count";
  EXPECT_EQ(characters_at_the_end.size(), 64u);
}

TEST(SealedId, EveryFlippedBitIsRefused) {
  const std::array keys{key(1), key(2), key(3), key(65)};
  IdSealer sealer(keys[1], kBoot, 7);
  for (const std::size_t size : {63u, 95u, 127u, 157u}) {
    const std::string id = seal(sealer, record(size));
    for (std::size_t bit = 0; bit < id.size() * 8; ++bit) {
      std::string changed = id;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
      EXPECT_FALSE(open_id(changed, keys)) << size << " bit " << bit;
    }
  }
}

TEST(SealedId, EveryOtherCharacterIsRefused) {
  const std::array keys{key(1)};
  IdSealer sealer(keys[0], kBoot, 7);
  const std::string id = seal(sealer, record(157));
  for (const std::size_t at : {0u, 1u, 2u, 3u, 24u, 25u, 100u, 254u, 255u})
    for (int c = 0; c < 256; ++c) {
      std::string changed = id;
      changed[at] = static_cast<char>(c);
      EXPECT_EQ(open_id(changed, keys).has_value(), changed == id) << at << " " << c;
    }
}

TEST(SealedId, EveryTruncationAndAdditionIsRefused) {
  const std::array keys{key(1)};
  IdSealer sealer(keys[0], kBoot, 7);
  for (const std::size_t size : {63u, 157u}) {
    const std::string id = seal(sealer, record(size));
    for (std::size_t left = 0; left < id.size(); ++left) {
      const auto opened = open_id(std::string_view(id).substr(0, left), keys);
      ASSERT_FALSE(opened) << left;
      EXPECT_EQ(opened.error(), left < 2 ? IdFlaw::Foreign : IdFlaw::Altered) << left;
    }
    for (const std::string& changed :
         {id + "A", id + "AAAA", id + "=", id + " ", " " + id, id + "\n", id + id})
      EXPECT_FALSE(open_id(changed, keys)) << changed;
  }
}

TEST(SealedId, ForeignTextsAreRefused) {
  const std::array keys{key(1)};
  for (const char* text :
       {"", "d", "d_", "D_AAAA", "rv_live_7Qd2XkPa", "urn:reeve:decision:d_AQ", "hello", "d-AQAQ"})
    EXPECT_FALSE(open_id(text, keys)) << text;
  EXPECT_EQ(open_id("0190-uuid", keys).error(), IdFlaw::Foreign);
  EXPECT_EQ(open_id("d_" + std::string(126, 'A'), keys).error(), IdFlaw::KeyGone) << "there is no key 0";
  EXPECT_EQ(open_id("d_AQ" + std::string(126, 'A'), keys).error(), IdFlaw::Altered);
}

TEST(SealedId, PartsOfTwoIdsMakeNone) {
  const std::array keys{key(1)};
  IdSealer sealer(keys[0], kBoot, 7);
  const std::string a = seal(sealer, record(63));
  const std::string b = seal(sealer, record(63));
  for (std::size_t at = 3; at < a.size(); ++at) {
    const std::string mixed = a.substr(0, at) + b.substr(at);
    if (mixed != a && mixed != b) EXPECT_FALSE(open_id(mixed, keys)) << at;
  }
}

TEST(SealedId, FlawsSayWhatToDo) {
  for (const IdFlaw flaw : {IdFlaw::Foreign, IdFlaw::KeyGone, IdFlaw::Altered}) {
    EXPECT_GT(describe(flaw).size(), 60u);
    EXPECT_TRUE(describe(flaw).ends_with('.'));
  }
}

#ifdef REEVE_COUNTS_ALLOCATIONS
int allocations = 0;
void count(const volatile void*, std::size_t) {
  ++allocations;
}
void ignore(const volatile void*) {}

TEST(SealedId, SealingAllocatesNothing) {
  IdSealer sealer(key(1), kBoot, 0);
  const Bytes plain = record(157);
  std::array<char, kIdTextMost> out;
  ASSERT_NE(__sanitizer_install_malloc_and_free_hooks(count, ignore), 0);
  allocations = 0;
  for (int i = 0; i < 100; ++i) sealer.seal(plain, out.data());
  EXPECT_EQ(allocations, 0);
  delete new int;
  EXPECT_EQ(allocations, 1) << "the hooks do not count";
}
#endif

}  // namespace
}  // namespace reeve::crypto
