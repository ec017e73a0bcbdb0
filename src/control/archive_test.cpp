// SPDX-License-Identifier: Apache-2.0
// Configurations that are served no more: found again, as long as decisions are kept, and only as they were.
#include "control/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "config/memory_doors.h"
#include "control/files.h"

namespace reeve::control {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

std::string route(std::string_view name, std::string_view more = "") {
  return std::string(more) + "routes: [ { name: " + std::string(name) +
         ", match: { path: /a }, authenticate: [ none ], respond: { body: \"${BODY:-x}\" } } ]\n";
}

struct ArchiveTest : ::testing::Test {
  ArchiveTest() {
    std::string pattern = ::testing::TempDir() + "reeve-archive-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    archive.emplace(folder + "/configurations", environment);
  }
  ~ArchiveTest() override { fs::remove_all(folder); }

  /// Serves that text from now on; the mark of its decisions.
  explain::ConfigurationMark serve(const std::string& text) {
    files.put("reeve.yaml", text);
    config::LoadResult loaded = config::load("reeve.yaml", environment, files);
    EXPECT_TRUE(loaded.ok());
    archive->served(*loaded.snapshot, std::move(loaded.sources), now);
    EXPECT_EQ(archive->save(now), std::nullopt);
    return explain::configuration_mark(loaded.snapshot->hash);
  }
  void restart() { archive.emplace(folder + "/configurations", environment); }
  std::size_t kept() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder + "/configurations")) ++count;
    return count;
  }
  std::string name_of(const explain::ConfigurationMark& mark) {
    const auto found = archive->find(mark);
    return found ? found->snapshot->routes[0].name : "not kept";
  }

  std::string folder;
  config::MemoryEnvironment environment;
  config::MemoryFiles files;
  std::optional<Archive> archive;
  WallTime now{hours(24 * 20'000)};
};

TEST_F(ArchiveTest, AnEarlierConfigurationIsCompiledAgainAlsoAfterARestart) {
  const auto first = serve(route("first"));
  const WallTime loaded = now;
  now += hours(1);
  const auto second = serve(route("second"));
  EXPECT_EQ(name_of(first), "first");
  restart();
  EXPECT_EQ(name_of(first), "first");
  EXPECT_EQ(name_of(second), "second");
  EXPECT_EQ(archive->find(first)->loaded, loaded);
  EXPECT_EQ(name_of(explain::configuration_mark("00112233")), "not kept");
}

TEST_F(ArchiveTest, TheLastOneOfAnEarlierProcessIsTold) {
  EXPECT_FALSE(archive->last());
  serve(route("first"));
  EXPECT_FALSE(archive->last());  // that is the present one
  now += hours(1);
  serve(route("second"));
  restart();
  now += hours(1);
  files.put("reeve.yaml", route("third"));
  config::LoadResult loaded = config::load("reeve.yaml", environment, files);
  archive->served(*loaded.snapshot, std::move(loaded.sources), now);
  ASSERT_TRUE(archive->last());
  EXPECT_EQ(name_of(*archive->last()), "second");
}

TEST_F(ArchiveTest, IncludedFilesAreKeptToo) {
  files.put("more.yaml", "roles: { reader: [ posts:read ] }\n");
  const auto mark = serve(route("first", "include: [ more.yaml ]\n"));
  files.put("more.yaml", "roles: { other: [ posts:read ] }\n");
  restart();
  ASSERT_TRUE(archive->find(mark));
  EXPECT_EQ(archive->find(mark)->snapshot->roles[0].name, "reader");
}

TEST_F(ArchiveTest, AChangedEnvironmentMakesItAnotherConfiguration) {
  environment.values["BODY"] = "one";
  const auto mark = serve(route("first"));
  restart();
  environment.values["BODY"] = "two";
  EXPECT_EQ(name_of(mark), "not kept");
  environment.values["BODY"] = "one";
  EXPECT_EQ(name_of(mark), "first");
}

TEST_F(ArchiveTest, NoValueOfTheEnvironmentIsWritten) {
  environment.values["BODY"] = "s3cr3t-value";
  serve(route("first"));
  for (const auto& entry : fs::directory_iterator(folder + "/configurations")) {
    const auto text = read_file(entry.path().string());
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, ::testing::Not(::testing::HasSubstr("s3cr3t-value")));
    EXPECT_EQ(fs::status(entry.path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  }
}

TEST_F(ArchiveTest, KeptForAsLongAsDecisionsAreSinceItWasLastServed) {
  const auto first = serve(route("first", "decisions: { keep: 2d }\n"));
  now += hours(24 * 10);
  const auto second = serve(route("second", "decisions: { keep: 2d }\n"));
  now += hours(24 * 2);
  ASSERT_EQ(archive->save(now), std::nullopt);
  EXPECT_EQ(name_of(first), "first");
  restart();
  serve(route("second", "decisions: { keep: 2d }\n"));
  now += hours(1);
  ASSERT_EQ(archive->save(now), std::nullopt);
  EXPECT_EQ(name_of(first), "not kept");
  now += hours(24 * 365);
  ASSERT_EQ(archive->save(now), std::nullopt);
  EXPECT_EQ(name_of(second), "second");  // the one that is served always stays
}

TEST_F(ArchiveTest, NoMoreThanTheMost) {
  const auto first = serve(route("first"));
  for (std::size_t i = 1; i < Archive::kMost; ++i) {
    const std::string name = "/configurations/" + std::to_string(i) + ".json";
    ASSERT_TRUE(write_file(folder + name, "{}", 0600));
  }
  serve(route("second"));
  now += hours(1);
  ASSERT_EQ(archive->save(now), std::nullopt);
  EXPECT_EQ(kept(), Archive::kMost);
  EXPECT_EQ(name_of(first), "not kept");
}

TEST_F(ArchiveTest, ADamagedFileIsNotKept) {
  const auto first = serve(route("first"));
  const auto second = serve(route("second"));
  for (const auto& entry : fs::directory_iterator(folder + "/configurations"))
    ASSERT_TRUE(write_file(entry.path().string(), "{\"version\":1,", 0600));
  EXPECT_EQ(name_of(first), "not kept");
  EXPECT_EQ(name_of(second), "not kept");
  EXPECT_FALSE(archive->current_texts());
}

TEST_F(ArchiveTest, AFolderThatCannotBeWrittenIsSaid) {
  archive.emplace("/proc/nothing", environment);
  files.put("reeve.yaml", route("first"));
  config::LoadResult loaded = config::load("reeve.yaml", environment, files);
  archive->served(*loaded.snapshot, std::move(loaded.sources), now);
  const auto trouble = archive->save(now);
  ASSERT_TRUE(trouble);
  EXPECT_THAT(*trouble, ::testing::HasSubstr("Make the data folder writable"));
  ASSERT_TRUE(archive->current_texts());  // it is still in memory
}

}  // namespace
}  // namespace reeve::control
