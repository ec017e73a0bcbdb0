// SPDX-License-Identifier: Apache-2.0
// Arguments to exit codes, in the process itself: `run` and `reload` that would need a gateway are in
// tests/e2e.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/cli.h"
#include "app/find_file.h"
#include "crypto/sha256.h"
#include "identity/key_format.h"
#include "json/reader.h"

namespace reeve::app {
namespace {

using ::testing::HasSubstr;

struct Said {
  int exit = -1;
  std::string out;
  std::string err;
};

struct CliTest : ::testing::Test {
  void SetUp() override {
    char name[] = "/tmp/reeve_cli_XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    folder = name;
    before = std::filesystem::current_path();
    std::filesystem::current_path(folder);
    for (const char* variable : {"REEVE_CONFIG", "REEVE_ADMIN", "REEVE_ADMIN_TOKEN"}) ::unsetenv(variable);
  }
  void TearDown() override {
    std::filesystem::current_path(before);
    std::filesystem::remove_all(folder);
    for (const char* variable : {"REEVE_CONFIG", "REEVE_ADMIN", "REEVE_ADMIN_TOKEN"}) ::unsetenv(variable);
  }
  Said say(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "reeve");
    arguments.push_back(nullptr);
    Said said;
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    said.exit = run_command_line(static_cast<int>(arguments.size()) - 1, arguments.data());
    said.out = ::testing::internal::GetCapturedStdout();
    said.err = ::testing::internal::GetCapturedStderr();
    return said;
  }
  static void write(const std::string& name, std::string_view text) { std::ofstream(name) << text; }
  static std::string error_code(const Said& said) {
    const auto document = json::parse(said.out);
    return document ? std::string((*document)["error"]["code"].string().value_or("")) : "";
  }

  std::string folder;
  std::filesystem::path before;
};

TEST_F(CliTest, WrongUsageIs2) {
  for (const std::vector<const char*>& arguments :
       std::vector<std::vector<const char*>>{{},
                                             {"serve"},
                                             {"run", "--no-such-flag"},
                                             {"run", "-c"},
                                             {"reload", "extra"},
                                             {"version", "x"},
                                             {"check", "--loud"}}) {
    const Said said = say(arguments);
    EXPECT_EQ(said.exit, 2);
    EXPECT_EQ(said.out, "");
    EXPECT_THAT(said.err, HasSubstr("reeve"));
  }
}

TEST_F(CliTest, WrongUsageUnderJsonIsADocument) {
  const Said said = say({"reload", "--json", "extra"});
  EXPECT_EQ(said.exit, 2);
  EXPECT_EQ(error_code(said), "wrong-usage");
}

TEST_F(CliTest, WordsOfLaterPartsSayNotYet) {
  for (const char* word : {"fix", "caller", "role", "team", "cost", "budget", "models", "chat"}) {
    const Said said = say({word, "whatever", "--strange"});
    EXPECT_EQ(said.exit, 2) << word;
    EXPECT_THAT(said.err, HasSubstr("not yet"));
    EXPECT_EQ(error_code(say({word, "--json"})), "not-yet");
  }
}

TEST_F(CliTest, KeysInTheStoreAreNotYet) {
  for (const char* word : {"list", "show", "rotate", "revoke"}) {
    EXPECT_EQ(say({"key", word, "7Qd2XkPa"}).exit, 2) << word;
    EXPECT_EQ(error_code(say({"key", word, "--json"})), "not-yet") << word;
  }
  const Said stored = say({"key", "create", "ci-bot"});
  EXPECT_EQ(stored.exit, 2);
  EXPECT_EQ(stored.out, "");
  EXPECT_THAT(stored.err, HasSubstr("--print"));
  EXPECT_EQ(error_code(say({"key", "create", "ci-bot", "--json"})), "not-yet");
}

TEST_F(CliTest, KeyCreatePrintsAKeyAndItsLine) {
  const Said said = say({"key", "create", "ci-bot", "--print", "--json"});
  EXPECT_EQ(said.exit, 0);
  EXPECT_EQ(said.err, "");
  const auto document = json::parse(said.out);
  ASSERT_TRUE(document);
  const auto text = [&](const char* name) { return std::string((*document)[name].string().value_or("")); };
  const std::string key = text("key");
  const auto parts = identity::parse_key(key);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->environment, policy::KeyEnvironment::Live);
  EXPECT_EQ(text("id"), parts->id);
  EXPECT_EQ(text("hash"), "sha256:" + crypto::sha256_hex(parts->secret));
  EXPECT_EQ(text("line"), "{ id: \"" + text("id") + "\", hash: \"" + text("hash") + "\" }");
  EXPECT_EQ(document->members().size(), 4u);
  EXPECT_NE(said.out, say({"key", "create", "ci-bot", "--print", "--json"}).out);

  const Said test =
      say({"key", "create", "ci-bot", "--print", "--env", "test", "--expires", "2027-01-31T00:00:00Z"});
  EXPECT_EQ(test.exit, 0);
  EXPECT_THAT(test.out, HasSubstr("rv_test_"));
  EXPECT_THAT(test.out, HasSubstr(", env: test, expires: 2027-01-31T00:00:00Z }\n"));
}

TEST_F(CliTest, KeyCreateLooksForTheEnvironmentInTheFileAndIsLiveWithoutOne) {
  write("bad.yaml", "routez: []\n");
  const Said said = say({"key", "create", "ci-bot", "--print", "-c", "bad.yaml"});
  EXPECT_EQ(said.exit, 0);
  EXPECT_THAT(said.out, HasSubstr("rv_live_"));
  EXPECT_THAT(said.err, HasSubstr("bad.yaml"));
  EXPECT_EQ(say({"key", "create", "ci-bot", "--print", "-c", "missing.yaml"}).exit, 3);
  EXPECT_EQ(say({"key", "create", "ci-bot", "--print", "-c", "missing.yaml", "--env", "test"}).exit, 0);
}

TEST_F(CliTest, KeyCreateRefusesWhatNoFileWouldTake) {
  for (const std::vector<const char*>& arguments : std::vector<std::vector<const char*>>{
           {"key"},
           {"key", "make", "ci-bot"},
           {"key", "create", "--print"},
           {"key", "create", "--print", "ci bot"},
           {"key", "create", "--print", "anonymous"},
           {"key", "create", "--print", "ci-bot", "--env", "prod"},
           {"key", "create", "--print", "ci-bot", "--expires", "soon"},
           {"key", "create", "--print", "ci-bot", "--expires", "2027-02-30"}}) {
    const Said said = say(arguments);
    EXPECT_EQ(said.exit, 2);
    EXPECT_EQ(said.out, "");
    EXPECT_NE(said.err, "");
  }
}

TEST_F(CliTest, HelpIsNoProblem) {
  for (const std::vector<const char*>& arguments :
       std::vector<std::vector<const char*>>{{"--help"},
                                             {"run", "--help"},
                                             {"check", "--help"},
                                             {"reload", "-h"},
                                             {"key", "--help"},
                                             {"key", "create", "--help"}}) {
    const Said said = say(arguments);
    EXPECT_EQ(said.exit, 0);
    EXPECT_THAT(said.out, HasSubstr("reeve"));
  }
}

TEST_F(CliTest, VersionNamesWhatItIsMadeFrom) {
  EXPECT_THAT(say({"version"}).out, HasSubstr("clang"));
  const auto document = json::parse(say({"version", "--json"}).out);
  ASSERT_TRUE(document);
  EXPECT_TRUE((*document)["version"].string());
  EXPECT_TRUE((*document)["commit"].string());
  EXPECT_GE((*document)["libraries"].members().size(), 5u);
}

TEST_F(CliTest, TheMinimalFileIsGood) {
  write("reeve.yaml", kMinimalFile);
  const Said said = say({"check"});
  EXPECT_EQ(said.exit, 0) << said.out;
}

TEST_F(CliTest, CheckIs1ForErrorsAnd3ForWhatCannotBeRead) {
  write("bad.yaml", "routez: []\n");
  const Said bad = say({"check", "bad.yaml"});
  EXPECT_EQ(bad.exit, 1);
  EXPECT_THAT(bad.out, HasSubstr("bad.yaml:1:1: error[unknown-key]"));
  EXPECT_EQ(say({"check", "missing.yaml"}).exit, 3);
  EXPECT_EQ(error_code(say({"check", "--json", "missing.yaml"})), "file-unreadable");
  EXPECT_EQ(say({"check"}).exit, 3);
}

TEST_F(CliTest, CheckOfSeveralFilesTellsEachOnesProblems) {
  write("good.yaml", kMinimalFile);
  write("bad.yaml", "routez: []\n");
  const Said said = say({"check", "--json", "good.yaml", "bad.yaml"});
  EXPECT_EQ(said.exit, 1);
  const auto document = json::parse(said.out);
  ASSERT_TRUE(document);
  EXPECT_EQ((*document)["ok"].boolean(), false);
  for (const json::Value& finding : (*document)["findings"].items())
    EXPECT_THAT(std::string(finding["file"].string().value_or("")), ::testing::EndsWith("bad.yaml"));
}

TEST_F(CliTest, StrictCountsWarnings) {
  write("warn.yaml", std::string("include: [ \"none-*.yaml\" ]\n") + kMinimalFile);
  EXPECT_EQ(say({"check", "warn.yaml"}).exit, 0);
  EXPECT_EQ(say({"check", "--strict", "warn.yaml"}).exit, 1);
}

TEST_F(CliTest, TheFileIsLookedForInTheContractsOrder) {
  EXPECT_EQ(find_file("given.yaml"), "given.yaml");
  write("reeve.yaml", kMinimalFile);
  EXPECT_EQ(find_file(""), "reeve.yaml");
  ::setenv("REEVE_CONFIG", "/elsewhere/reeve.yaml", 1);
  EXPECT_EQ(find_file(""), "/elsewhere/reeve.yaml");
  EXPECT_EQ(find_file("given.yaml"), "given.yaml");
}

TEST_F(CliTest, RunWithoutAFileShowsOneThatWorks) {
  const Said said = say({"run"});
  EXPECT_EQ(said.exit, 1);
  EXPECT_THAT(said.err, HasSubstr(kMinimalFile));
  EXPECT_EQ(said.out, "");
}

TEST_F(CliTest, RunOfABadFileShowsItsProblems) {
  write("reeve.yaml", "routez: []\n");
  const Said said = say({"run"});
  EXPECT_EQ(said.exit, 1);
  EXPECT_THAT(said.err, HasSubstr("reeve.yaml:1:1: error[unknown-key]"));
  EXPECT_EQ(say({"run", "-c", "missing.yaml"}).exit, 3);
}

TEST_F(CliTest, ReloadWithoutAGatewayIs3) {
  write("reeve.yaml", kMinimalFile);
  const Said nobody = say({"reload"});
  EXPECT_EQ(nobody.exit, 3);
  EXPECT_THAT(nobody.err, HasSubstr("run.json"));
  std::filesystem::create_directory("reeve-data");
  write("reeve-data/run.json", R"({"pid":2147483646,"listen":[],"admin":"127.0.0.1:1","token_file":"t"})");
  const Said gone = say({"reload", "--json"});
  EXPECT_EQ(gone.exit, 3);
  EXPECT_EQ(error_code(gone), "gateway-unreachable");
  EXPECT_THAT(gone.out, HasSubstr("2147483646"));
  ::setenv("REEVE_ADMIN_TOKEN", "t", 1);
  EXPECT_EQ(say({"reload", "--admin", "http://127.0.0.1:1"}).exit, 3);
  EXPECT_EQ(say({"reload", "--admin", "https://127.0.0.1:1"}).exit, 3);
}

}  // namespace
}  // namespace reeve::app
