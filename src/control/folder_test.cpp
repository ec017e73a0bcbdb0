// SPDX-License-Identifier: Apache-2.0
// The data folder and run.json on a real file system.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "control/data_folder.h"
#include "control/files.h"
#include "control/run_file.h"

namespace reeve::control {
namespace {

using ::testing::HasSubstr;

struct CountingRandom final : rt::Random {
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& b : bytes) b = static_cast<std::byte>(next++);
  }
  unsigned next = 0;
};

struct FolderTest : ::testing::Test {
  void SetUp() override {
    char name[] = "/tmp/reeve_folder_XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    root = name;
  }
  void TearDown() override { std::filesystem::remove_all(root); }
  unsigned mode(const std::string& path) const {
    struct stat file{};
    EXPECT_EQ(::stat(path.c_str(), &file), 0);
    return file.st_mode & 0777;
  }
  std::string root;
  CountingRandom random;
};

TEST_F(FolderTest, IsMadeForItsOwnerOnly) {
  const auto folder = DataFolder::open(root + "/a/b/data");
  ASSERT_TRUE(folder);
  EXPECT_EQ(mode(root + "/a/b/data"), 0700u);
}

TEST_F(FolderTest, HasOneOwnerWhomOthersAreTold) {
  const auto first = DataFolder::open(root + "/data");
  ASSERT_TRUE(first);
  const auto second = DataFolder::open(root + "/data");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().owner, ::getpid());
  EXPECT_THAT(second.error().text, HasSubstr(std::to_string(::getpid())));
}

TEST_F(FolderTest, IsFreeWhenItsOwnerEnds) {
  {
    ASSERT_TRUE(DataFolder::open(root + "/data"));
  }
  EXPECT_TRUE(DataFolder::open(root + "/data"));
}

TEST_F(FolderTest, IsNeverFreeWhileTheLockIsHandedOver) {
  auto old = DataFolder::open(root + "/data");
  ASSERT_TRUE(old);
  std::optional<DataFolder> first(std::move(*old));
  const auto adopted = DataFolder::adopt(root + "/data", ::dup(first->lock()));
  ASSERT_TRUE(adopted);
  first.reset();
  EXPECT_FALSE(DataFolder::open(root + "/data"));
}

TEST_F(FolderTest, OnlyTheRealLockIsAdopted) {
  const auto owner = DataFolder::open(root + "/data");
  ASSERT_TRUE(owner);
  EXPECT_FALSE(DataFolder::adopt(root + "/data", ::open((root + "/data/lock").c_str(), O_RDWR)));
}

TEST_F(FolderTest, AFileInItsPlaceIsRefused) {
  ASSERT_TRUE(write_file(root + "/data", "x", 0600));
  const auto folder = DataFolder::open(root + "/data");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().owner, 0);
}

TEST_F(FolderTest, TheTokenIsMadeOnceAndSecret) {
  const auto folder = DataFolder::open(root + "/data");
  ASSERT_TRUE(folder);
  const auto token = folder->token(random);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->size(), 43u);  // 32 bytes in base64url
  EXPECT_EQ(mode(folder->token_file()), 0600u);
  EXPECT_EQ(folder->token(random), *token);
}

TEST_F(FolderTest, ATokenThatIsTooShortIsNotUsed) {
  const auto folder = DataFolder::open(root + "/data");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(folder->token_file(), "short\n", 0600));
  const auto token = folder->token(random);
  ASSERT_FALSE(token);
  EXPECT_THAT(token.error(), HasSubstr("delete it"));
}

TEST_F(FolderTest, TheNameIsKept) {
  const auto folder = DataFolder::open(root + "/data");
  ASSERT_TRUE(folder);
  const auto name = folder->instance(random);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->size(), 8u);
  EXPECT_EQ(folder->instance(random), *name);
  ASSERT_TRUE(write_file(folder->file("instance"), "a name with spaces\n", 0600));
  EXPECT_NE(folder->instance(random), *name);
}

TEST_F(FolderTest, RunFileIsReadAsItWasWritten) {
  const RunFile run{.pid = 42,
                    .listen = {"127.0.0.1:8080", "unix:/a\"b"},
                    .admin = "[::1]:8081",
                    .token_file = "/data/admin.token",
                    .configuration = "/etc/reeve/reeve.yaml"};
  ASSERT_TRUE(write_run_file(root, run));
  EXPECT_EQ(parse_run_file(*read_file(run_file_path(root))), run);
  RunFile embedded = run;
  embedded.configuration.reset();
  EXPECT_THAT(to_json(embedded), HasSubstr("\"configuration\":null"));
  EXPECT_EQ(parse_run_file(to_json(embedded)), embedded);
  remove_run_file(root);
  EXPECT_FALSE(read_file(run_file_path(root)));
}

TEST_F(FolderTest, WhatIsNoRunFileIsNone) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"pid":"1","admin":"a","token_file":"t"})", R"({"pid":1})"})
    EXPECT_FALSE(parse_run_file(text)) << text;
}

TEST_F(FolderTest, AWriteReplacesTheFileAndItsMode) {
  ASSERT_TRUE(write_file(root + "/f", "one", 0644));
  ASSERT_TRUE(write_file(root + "/f", "two", 0600));
  EXPECT_EQ(read_file(root + "/f"), "two");
  EXPECT_EQ(mode(root + "/f"), 0600u);
  EXPECT_FALSE(write_file(root + "/none/f", "x", 0600));
  EXPECT_FALSE(read_file(root + "/f", 2));
}

}  // namespace
}  // namespace reeve::control
