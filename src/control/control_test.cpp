// SPDX-License-Identifier: Apache-2.0
// The order of a change, and that whatever fails leaves everything as it was.
#include "control/control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/control_test_support.h"

namespace reeve::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct ControlTest : ::testing::Test, ControlFixture {
  std::string hash_now() const { return plane.serving->hash; }
};

TEST_F(ControlTest, StartsInTheOrderOfTheRules) {
  EXPECT_FALSE(control.ready());
  const ReloadResult result = start();
  EXPECT_TRUE(result.ok);
  EXPECT_TRUE(control.ready());
  EXPECT_EQ(result.configuration, hash_now());
  EXPECT_THAT(journal, ElementsAre("prepare one", "prepare two", "publish", "commit one", "commit two",
                                   "settle", "served"));
}

TEST_F(ControlTest, AStartThatCannotPrepareServesNothing) {
  two.refuse = true;
  const ReloadResult result = start();
  EXPECT_FALSE(result.ok);
  EXPECT_FALSE(control.ready());
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].text, "two cannot");
  EXPECT_THAT(journal, ElementsAre("prepare one", "prepare two", "abandon one"));
}

TEST_F(ControlTest, AReloadPublishesAndTellsTheSupervisor) {
  start();
  journal.clear();
  write(yaml("2"));
  const std::string before = hash_now();
  const ReloadResult result = reload();
  EXPECT_TRUE(result.ok);
  EXPECT_TRUE(result.changed);
  EXPECT_NE(hash_now(), before);
  EXPECT_EQ(result.configuration, hash_now());
  EXPECT_THAT(journal, ElementsAre("reloading", "prepare one", "prepare two", "publish", "commit one",
                                   "commit two", "settle", "served", "ready"));
  EXPECT_TRUE(messages.has("reloaded"));
}

TEST_F(ControlTest, NothingChangedIsNoChange) {
  start();
  journal.clear();
  const ReloadResult result = reload();
  EXPECT_TRUE(result.ok);
  EXPECT_FALSE(result.changed);
  EXPECT_EQ(result.configuration, hash_now());
  EXPECT_THAT(journal, ElementsAre("reloading", "ready"));
}

TEST_F(ControlTest, ABadFileLeavesTheRunningConfiguration) {
  start();
  const std::string before = hash_now();
  journal.clear();
  write("routez: []\n");
  const ReloadResult result = reload();
  EXPECT_FALSE(result.ok);
  EXPECT_FALSE(result.changed);
  EXPECT_EQ(result.configuration, before);
  EXPECT_EQ(hash_now(), before);
  ASSERT_FALSE(result.findings.empty());
  EXPECT_EQ(result.findings[0].rule, "unknown-key");
  EXPECT_THAT(journal, ElementsAre("reloading", "ready"));
  EXPECT_FALSE(control.last_reload_ok());
  EXPECT_TRUE(control.ready());
  EXPECT_TRUE(messages.has("reeve.yaml:1:1: error[unknown-key]"));
  write(yaml("2"));
  EXPECT_TRUE(reload().ok);
  EXPECT_TRUE(control.last_reload_ok());
}

TEST_F(ControlTest, AnUnreadableFileIsToldApart) {
  start();
  files.files.clear();
  const ReloadResult result = reload();
  EXPECT_FALSE(result.ok);
  EXPECT_FALSE(result.obstacle.empty());
  EXPECT_THAT(result.findings, IsEmpty());
}

TEST_F(ControlTest, WhatNeedsARestartRefusesTheWholeReload) {
  start();
  const std::string before = hash_now();
  for (const char* change :
       {"data: ./elsewhere\n", "threads: 7\n", "admin: { address: \"127.0.0.1:1\" }\n"}) {
    journal.clear();
    write(yaml("2", change));
    const ReloadResult result = reload();
    EXPECT_FALSE(result.ok);
    ASSERT_EQ(result.findings.size(), 1u) << change;
    EXPECT_EQ(result.findings[0].rule, "needs-restart");
    EXPECT_EQ(hash_now(), before);
    EXPECT_THAT(journal, ElementsAre("reloading", "ready"));
  }
}

TEST_F(ControlTest, APartThatRefusesUndoesThoseBeforeIt) {
  start();
  const std::string before = hash_now();
  journal.clear();
  two.refuse = true;
  write(yaml("2"));
  const ReloadResult result = reload();
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(hash_now(), before);
  EXPECT_THAT(journal, ElementsAre("reloading", "prepare one", "prepare two", "abandon one", "ready"));
  two.refuse = false;
  EXPECT_TRUE(reload().changed);
}

rt::Task<> reload_and_count(std::reference_wrapper<Control> control, std::reference_wrapper<int> done) {
  const ReloadResult result = co_await control.get().reload();
  if (result.ok) ++done.get();
}

TEST_F(ControlTest, AReloadIsAnsweredOnlyWhenEveryReactorServesIt) {
  start();
  plane.gate.reset();
  write(yaml("2"));
  rt::Scope scope;
  int done = 0;
  scope.spawn(reload_and_count, std::ref(control), std::ref(done));
  loop.settle();
  EXPECT_EQ(done, 0);
  plane.gate.set();
  loop.settle();
  EXPECT_EQ(done, 1);
}

TEST_F(ControlTest, ReloadsWaitForEachOther) {
  start();
  plane.gate.reset();
  write(yaml("2"));
  journal.clear();
  rt::Scope scope;
  int done = 0;
  for (int i = 0; i < 3; ++i) scope.spawn(reload_and_count, std::ref(control), std::ref(done));
  loop.settle();
  EXPECT_EQ(std::ranges::count(journal, "publish"), 1);
  write(yaml("3"));
  plane.gate.set();
  loop.settle();
  EXPECT_EQ(done, 3);
  EXPECT_EQ(std::ranges::count(journal, "publish"), 2);  // the third found nothing changed
}

TEST_F(ControlTest, ASlowReactorIsReported) {
  start();
  plane.in_time = false;
  write(yaml("2"));
  EXPECT_TRUE(reload().ok);
  EXPECT_TRUE(messages.has("publish-slow"));
}

TEST_F(ControlTest, ADrainIsNotReadyAtOnceAndReloadsNothing) {
  start();
  rt::Scope scope;
  loop.wait(control.begin_drain());
  EXPECT_FALSE(control.ready());
  EXPECT_EQ(journal.back(), "stopping");
}

rt::Task<> drain(std::reference_wrapper<Control> control, std::reference_wrapper<int> done) {
  co_await control.get().begin_drain();
  ++done.get();
}

TEST_F(ControlTest, ADrainWaitsForTheReloadUnderWay) {
  start();
  plane.gate.reset();
  write(yaml("2"));
  rt::Scope scope;
  int reloaded = 0;
  int drained = 0;
  scope.spawn(reload_and_count, std::ref(control), std::ref(reloaded));
  scope.spawn(drain, std::ref(control), std::ref(drained));
  loop.settle();
  EXPECT_FALSE(control.ready());
  EXPECT_EQ(drained, 0);
  plane.gate.set();
  loop.settle();
  EXPECT_EQ(reloaded, 1);
  EXPECT_EQ(drained, 1);
}

constexpr std::string_view kGuarded =
    "roles: { reader: [ read ] }\n"
    "routes: [ { name: a, match: { path: /a }, authenticate: [ key ], require: [ read ], respond: {} } ]\n";

std::string guarded(std::string_view roles, std::string_view more = "") {
  return std::string(kGuarded) + "callers: [ { name: ann, roles: [ " + std::string(roles) + " ] } ]\n" +
         std::string(more);
}

TEST(Gate, RefusesAChangeByWhichACallerLosesAndTakesItsDigest) {
  ControlFixture f(guarded("reader"));
  ASSERT_TRUE(f.start().ok);
  f.write(guarded(""));
  const ReloadResult refused = f.reload();
  EXPECT_FALSE(refused.ok);
  EXPECT_TRUE(refused.gated);
  EXPECT_NE(refused.loses.find(R"("caller":"ann","route":"a")"), std::string::npos) << refused.loses;
  EXPECT_TRUE(f.messages.has("--accept-lost " + refused.digest));
  EXPECT_FALSE(f.loop.wait(f.control.reload("another")).ok);
  const ReloadResult accepted = f.loop.wait(f.control.reload(refused.digest));
  EXPECT_TRUE(accepted.ok);
  EXPECT_EQ(accepted.digest, refused.digest);
}

TEST(Gate, TheNewFileMayAcceptADigest) {
  ControlFixture f(guarded("reader"));
  ASSERT_TRUE(f.start().ok);
  f.write(guarded(""));
  const std::string digest = f.reload().digest;
  f.write(guarded("", "gate: { accept: [ " + digest + " ] }\n"));
  EXPECT_TRUE(f.reload().ok);
}

TEST(Gate, TheRunningFileSaysWhetherItOnlyWarns) {
  ControlFixture f(guarded("reader"));
  ASSERT_TRUE(f.start().ok);
  f.write(guarded("", "gate: { lost_access: warn }\n"));
  EXPECT_TRUE(f.reload().gated);
  ControlFixture warning(guarded("reader", "gate: { lost_access: warn }\n"));
  ASSERT_TRUE(warning.start().ok);
  warning.write(guarded(""));
  const ReloadResult warned = warning.reload();
  EXPECT_TRUE(warned.ok);
  EXPECT_FALSE(warned.digest.empty());
  EXPECT_TRUE(warning.messages.has("callers have lost access"));
}

TEST(Gate, WhatASubjectLosesByItsOwnEndIsWanted) {
  const std::string base = std::string(kGuarded) + "callers: [ { name: bob, roles: [ reader ] }";
  ControlFixture f(base + ", { name: ann, roles: [ reader ] } ]\n");
  ASSERT_TRUE(f.start().ok);
  f.write(base + " ]\n");
  EXPECT_TRUE(f.reload().ok);
}

}  // namespace
}  // namespace reeve::control
