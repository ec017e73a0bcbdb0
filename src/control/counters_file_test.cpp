// SPDX-License-Identifier: Apache-2.0
// Counters come back from the file, and a damaged or foreign one starts them empty with a word about it.
#include "control/counters_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "control/files.h"
#include "policy/facts.h"

namespace reeve::control {
namespace {

struct Counting {
  Counting() {
    snapshot.zones.push_back({.name = "UTC", .first_offset = 0, .transitions = {}});
    policy::Limit limit;
    limit.name = "daily";
    limit.kind = policy::LimitKind::Quota;
    limit.amount = 3;
    limit.per = {{policy::SubjectPart::Ip, {}}};
    snapshot.limits.push_back(limit);
    facts = policy::facts_of(head, IpAddress::parse("203.0.113.9"), now.wall);
    decision.charges.push_back({0, policy::Charge::From::Global, 0});
  }
  bool charge(limits::Table& table) {
    const limits::Binding binding = table.bind(snapshot, now);
    limits::Taken taken;
    limits::Charged charged;
    return table.charge(binding, snapshot, facts, decision, now.mono, taken, charged);
  }

  limits::Now now{MonoTime(std::chrono::hours(1)), WallTime(std::chrono::hours(24 * 20'000))};
  policy::Snapshot snapshot;
  http::RequestHead head;
  policy::Facts facts;
  policy::Decision decision;
};

struct Folder {
  Folder() {
    char name[] = "/tmp/reeve-counters-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

TEST(CountersFile, KeepsWhatIsUsedOverARestart) {
  const Folder folder;
  auto data = DataFolder::open(folder.path);
  ASSERT_TRUE(data);
  Counting counting;
  {
    limits::Table table(SipKey{1, 2});
    CountersFile file(*data, table);
    EXPECT_FALSE(file.restore(counting.now));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(counting.charge(table));
    EXPECT_FALSE(file.save(counting.now));
  }
  limits::Table table(SipKey{3, 4});
  CountersFile file(*data, table);
  EXPECT_FALSE(file.restore(counting.now));
  EXPECT_FALSE(counting.charge(table)) << "all three were used before the restart";
}

TEST(CountersFile, ADamagedFileIsToldAndStartsEmpty) {
  const Folder folder;
  auto data = DataFolder::open(folder.path);
  ASSERT_TRUE(data);
  ASSERT_TRUE(write_file(data->file("counters"), "this is no checkpoint", 0600));
  limits::Table table(SipKey{1, 2});
  CountersFile file(*data, table);
  Counting counting;
  const auto trouble = file.restore(counting.now);
  ASSERT_TRUE(trouble);
  EXPECT_NE(trouble->find("start empty"), std::string::npos);
  EXPECT_TRUE(counting.charge(table));
}

}  // namespace
}  // namespace reeve::control
