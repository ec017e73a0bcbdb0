// SPDX-License-Identifier: Apache-2.0
// Ids stay explainable: over restarts, over rotations for as long as decisions are kept, and a damaged file
// is told, not replaced.
#include "control/decision_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "control/files.h"
#include "explain/record.h"

namespace reeve::control {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

struct CountingRandom final : rt::Random {
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& b : bytes) b = static_cast<std::byte>(next++);
  }
  unsigned next = 0;
};

struct DecisionKeysTest : ::testing::Test {
  void SetUp() override {
    char name[] = "/tmp/reeve_keys_XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    root = name;
    folder.emplace(DataFolder::open(root).value());
  }
  void TearDown() override {
    folder.reset();
    std::filesystem::remove_all(root);
  }
  std::expected<DecisionKeys, std::string> read() { return decision_keys(*folder, random, now); }
  DecisionKeys rotate(const DecisionKeys& present) {
    return rotate_decision_keys(*folder, present, random, now, keep).value();
  }
  std::string file() const { return decision_keys_file(*folder); }
  std::string id_of(const crypto::IdKey& key) {
    crypto::IdSealer sealer(key, draw_boot(random), 0);
    std::array<char, crypto::kIdTextMost> out;
    return {out.data(), sealer.seal(std::array<std::uint8_t, 63>{1}, out.data())};
  }

  std::string root;
  std::optional<DataFolder> folder;
  CountingRandom random;
  WallTime now{1'795'521'600s};
  Duration keep = 720h;
};

TEST_F(DecisionKeysTest, AreMadeOnceAndSecret) {
  const auto first = read();
  ASSERT_TRUE(first);
  ASSERT_EQ(first->keys.size(), 1u);
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  now += 1h;
  const auto again = read();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->keys, first->keys);
  EXPECT_EQ(again->made, first->made);
}

TEST_F(DecisionKeysTest, IdsAreOpenedAfterARestart) {
  const std::string id = id_of(read()->newest());
  EXPECT_TRUE(crypto::open_id(id, read()->keys));
}

TEST_F(DecisionKeysTest, IdsAreOpenedAfterARotationAsLongAsDecisionsAreKept) {
  const DecisionKeys first = read().value();
  const std::string id = id_of(first.newest());
  now += 1000h;  // the key was in use until this moment
  DecisionKeys keys = rotate(first);
  EXPECT_NE(keys.newest(), first.newest());
  EXPECT_EQ(read()->keys, keys.keys);
  EXPECT_TRUE(crypto::open_id(id, keys.keys));
  EXPECT_TRUE(crypto::open_id(id_of(keys.newest()), keys.keys));
  now += keep;
  keys = rotate(keys);
  EXPECT_TRUE(crypto::open_id(id, keys.keys));
  now += 1s;
  keys = rotate(keys);
  EXPECT_EQ(crypto::open_id(id, keys.keys).error(), crypto::IdFlaw::KeyGone);
  EXPECT_EQ(read()->keys, keys.keys);
}

TEST_F(DecisionKeysTest, NumbersAreUsedAgainOnlyWhenTheyAreFree) {
  DecisionKeys keys = read().value();
  for (int i = 0; i < 255; ++i) keys = rotate(keys);
  EXPECT_EQ(keys.keys.size(), 256u);
  EXPECT_EQ(read()->keys, keys.keys);
  const auto none_left = rotate_decision_keys(*folder, keys, random, now, keep);
  ASSERT_FALSE(none_left);
  EXPECT_THAT(none_left.error(), HasSubstr("rotate less often"));
  EXPECT_EQ(read()->keys, keys.keys);
  now += keep + 1s;
  keys = rotate(keys);
  EXPECT_EQ(keys.keys.size(), 2u) << "the one that was in use until now, and the new one";
  EXPECT_NE(keys.keys[0].number, keys.keys[1].number);
}

TEST_F(DecisionKeysTest, AnyChangedCharacterIsToldAndKept) {
  rotate(read().value());
  const std::string good = read_file(file()).value();
  const std::size_t first_key = good.find("\nkey ") + 1;
  for (std::size_t at = first_key; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    ASSERT_TRUE(write_file(file(), changed, 0600));
    const auto keys = read();
    ASSERT_FALSE(keys) << at;
    EXPECT_THAT(keys.error(), HasSubstr("line"));
    EXPECT_THAT(keys.error(), HasSubstr("backup"));
    EXPECT_EQ(read_file(file()), changed);
  }
}

TEST_F(DecisionKeysTest, AFileWithoutKeysIsDamaged) {
  for (const char* text : {"", "# only words\n", "\n\n", "key 1 2\n", "hello\n"}) {
    ASSERT_TRUE(write_file(file(), text, 0600));
    const auto keys = read();
    ASSERT_FALSE(keys) << text;
    EXPECT_THAT(keys.error(), HasSubstr("move it away"));
  }
}

TEST_F(DecisionKeysTest, OneNumberTwiceIsDamaged) {
  ASSERT_TRUE(read());
  const std::string good = read_file(file()).value();
  ASSERT_TRUE(write_file(file(), good + good, 0600));
  EXPECT_FALSE(read());
}

TEST_F(DecisionKeysTest, WhatCannotBeWrittenIsToldAndChangesNothing) {
  const DecisionKeys first = read().value();
  ASSERT_TRUE(make_folder(file() + ".part/x", 0700));  // in the way of the new file
  const auto failed = rotate_decision_keys(*folder, first, random, now, keep);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error(), HasSubstr("writable"));
  EXPECT_EQ(read()->keys, first.keys);
}

TEST_F(DecisionKeysTest, WhatWasDecidedIsReadAfterARestart) {
  explain::Record record;
  record.status = 403;
  record.code = Code::IpNotAllowed;
  record.route = std::string_view("publish-post");
  record.path = std::string_view("/posts");
  std::array<std::uint8_t, explain::kRecordMost> bytes;
  ASSERT_EQ(explain::encode(record, bytes), bytes.size());
  std::array<char, crypto::kIdTextMost> out;
  crypto::IdSealer sealer(read()->newest(), draw_boot(random), 3);
  const std::string_view id(out.data(), sealer.seal(bytes, out.data()));
  crypto::OpenedId opened;
  EXPECT_EQ(open_decision(id, read().value(), opened), record);
}

TEST_F(DecisionKeysTest, WhatCannotBeOpenedIsToldWithWhatToDo) {
  const DecisionKeys keys = read().value();
  crypto::OpenedId opened;
  EXPECT_THAT(open_decision("hello", keys, opened).error(), HasSubstr("no decision id"));
  EXPECT_THAT(open_decision(id_of(keys.newest()).substr(0, 100), keys, opened).error(),
              HasSubstr("not whole"));
  DecisionKeys others = keys;
  others.keys[0].number = 9;
  EXPECT_THAT(open_decision(id_of(keys.newest()), others, opened).error(), HasSubstr("no longer kept"));
  crypto::IdSealer sealer(keys.newest(), draw_boot(random), 0);
  std::array<std::uint8_t, explain::kRecordMost> bytes{2};
  std::array<char, crypto::kIdTextMost> out;
  const auto seal = [&] { return std::string_view(out.data(), sealer.seal(bytes, out.data())); };
  EXPECT_THAT(open_decision(seal(), keys, opened).error(), HasSubstr("newer version"));
  bytes[0] = 0;
  EXPECT_THAT(open_decision(seal(), keys, opened).error(), HasSubstr("cannot be read"));
}

TEST_F(DecisionKeysTest, EveryStartDrawsAnotherBoot) {
  EXPECT_NE(draw_boot(random), draw_boot(random));
}

}  // namespace
}  // namespace reeve::control
