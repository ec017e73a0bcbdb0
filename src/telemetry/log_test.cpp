// SPDX-License-Identifier: Apache-2.0
// Log lines: their fields, their way through the ring at every position, and what happens when nobody takes
// them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/prng.h"
#include "json/reader.h"
#include "telemetry/log_line.h"
#include "telemetry/log_ring.h"
#include "telemetry/log_writer.h"

namespace reeve::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string line_of(const AccessRecord& record) {
  std::array<char, 8192> room;
  TimeText time;
  return std::string(room.data(), write_log_line(record, time, room.data(), room.size()));
}

AccessRecord full_record() {
  static const IpAddress kClient = *IpAddress::parse("203.0.113.9");
  static const IpAddress kPeer = *IpAddress::parse("2001:db8::1");
  static const TlsFacts kTls = [] {
    TlsFacts facts;
    facts.version = "TLSv1.3";
    return facts;
  }();
  AccessRecord record;
  record.time = WallTime(std::chrono::nanoseconds(1'700'000'000'123'456'789));
  record.code = Code::UpstreamTimeout;
  record.client_ip = &kClient;
  record.peer = &kPeer;
  record.decision = "d_abc";
  record.caller = "ci-bot";
  record.team = "growth";
  record.key = "7Qd2XkPa";
  record.route = "publish-post";
  record.method = "POST";
  record.host = "api.example.com";
  record.path = "/posts/\"x\"";
  record.status = 504;
  record.protocol = "HTTP/1.1";
  record.tls = &kTls;
  record.bytes_in = 10;
  record.bytes_out = 200;
  record.duration = std::chrono::microseconds(1'002'003);
  record.attempts = 2;
  record.target = "http://127.0.0.1:9000";
  record.upstream_status = 503;
  record.upstream_duration = std::chrono::microseconds(7);
  record.request_id = "r1";
  record.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  return record;
}

TEST(LogLine, HasTheContractsFieldsInItsOrder) {
  EXPECT_EQ(
      line_of(full_record()),
      "{\"time\":\"2023-11-14T22:13:20.123456Z\",\"decision\":\"d_abc\",\"code\":\"upstream-timeout\","
      "\"check\":"
      "\"target\","
      "\"client_ip\":\"203.0.113.9\",\"peer\":\"2001:db8::1\",\"caller\":\"ci-bot\",\"team\":\"growth\","
      "\"key\":\"7Qd2XkPa\","
      "\"route\":\"publish-post\",\"method\":\"POST\",\"host\":\"api.example.com\",\"path\":\"/posts/"
      "\\\"x\\\"\","
      "\"status\":504,\"origin\":\"gateway\",\"protocol\":\"HTTP/1.1\",\"tls\":\"TLSv1.3\",\"bytes_in\":10,"
      "\"bytes_out\":200,\"duration\":1.002003,\"attempts\":2,\"target\":\"http://127.0.0.1:9000\","
      "\"upstream_status\":503,\"upstream_duration\":0.000007,\"request_id\":\"r1\","
      "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"cost\":null}\n");
}

TEST(LogLine, NamesTheCheckThatRefusedWhereSeveralGiveTheCode) {
  AccessRecord record;
  record.code = Code::IpBlocked;
  EXPECT_NE(line_of(record).find(R"("check":"route_network")"), std::string::npos);
  record.check = Check::CallerNetwork;
  EXPECT_NE(line_of(record).find(R"("check":"caller_network")"), std::string::npos);
}

TEST(LogLine, WhatIsNotKnownIsNull) {
  const auto line = json::parse(line_of({}));
  ASSERT_TRUE(line);
  for (const char* name : {"decision",
                           "code",
                           "check",
                           "client_ip",
                           "peer",
                           "caller",
                           "team",
                           "key",
                           "route",
                           "method",
                           "host",
                           "path",
                           "status",
                           "protocol",
                           "tls",
                           "target",
                           "upstream_status",
                           "upstream_duration",
                           "request_id",
                           "trace_id",
                           "cost"})
    EXPECT_TRUE((*line)[name].is_null()) << name;
  EXPECT_EQ(line->members().size(), 27u);
  EXPECT_EQ((*line)["attempts"].integer(), 0);
}

TEST(LogLine, AClientThatLeftIsLogged499) {
  AccessRecord record;
  record.code = Code::ClientClosed;
  EXPECT_THAT(line_of(record), HasSubstr("\"status\":499"));
  record.status = 200;  // left in the middle of the answer
  EXPECT_THAT(line_of(record), HasSubstr("\"status\":200"));
}

TEST(LogLine, HostileTextsStayOneValidLine) {
  AccessRecord record = full_record();
  std::string hostile;
  for (int c = 0; c < 256; ++c) hostile.push_back(static_cast<char>(c));
  record.path = record.host = record.method = record.request_id = hostile;
  const std::string line = line_of(record);
  EXPECT_TRUE(json::parse(line));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(LogLine, NeedsItsRoomToTheByte) {
  const std::string whole = line_of(full_record());
  std::vector<char> room(whole.size());
  TimeText time;
  for (std::size_t n = 0; n < whole.size(); ++n)
    ASSERT_EQ(write_log_line(full_record(), time, room.data(), n), 0u);
  EXPECT_EQ(write_log_line(full_record(), time, room.data(), whole.size()), whole.size());
}

TEST(TimeText, FollowsTheClockOverSeconds) {
  TimeText text;
  for (std::int64_t nanos :
       {0L, 999'999'999L, 1'000'000'000L, 86'399'999'999'000L, 1'700'000'000'000'001'000L}) {
    const WallTime time{std::chrono::nanoseconds(nanos)};
    EXPECT_EQ(text.of(time), to_rfc3339(time));
  }
}

bool put(LogRing& ring, std::string_view line) {
  return ring.produce([&](char* out, std::size_t room) {
    if (room < line.size()) return std::size_t{0};
    line.copy(out, line.size());
    return line.size();
  });
}

std::string take(LogRing& ring, std::size_t most) {
  const std::string taken(ring.peek().substr(0, most));
  ring.consume(taken.size());
  return taken;
}

// Every sequence of puts and takes of a small ring, against a string.
TEST(LogRing, GivesBackWhatWasPutInOrder) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Prng random(seed);
    LogRing ring(2 + random.below(30));
    std::string expected;
    char next = 'a';
    for (int step = 0; step < 400; ++step) {
      if (random.chance(1, 2)) {
        const std::string line(1 + random.below(9), next);
        if (put(ring, line)) {
          expected += line;
          next = next == 'z' ? 'a' : static_cast<char>(next + 1);
        }
      } else {
        const std::string taken = take(ring, 1 + random.below(12));
        ASSERT_EQ(taken, expected.substr(0, taken.size()));
        if (taken.empty()) {
          ASSERT_TRUE(expected.empty());
        }
        expected.erase(0, taken.size());
      }
    }
  }
}

TEST(LogRing, RefusesWhenFullAndGoesOnWhenTaken) {
  LogRing ring(64);
  const std::string line(16, 'x');
  int put_count = 0;
  while (put(ring, line)) ++put_count;
  EXPECT_EQ(put_count, 4);
  EXPECT_TRUE(ring.crowded());
  take(ring, 32);
  EXPECT_TRUE(put(ring, line));
}

class Log : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/reeve_log_XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    for (const char* name : {"/a.log", "/b.log", "/old.log"}) std::remove((folder_ + name).c_str());
    ::rmdir(folder_.c_str());
  }
  std::string path(const char* name) const { return folder_ + "/" + name; }
  LogSink sink(const char* name) const {
    auto opened = LogSink::open("file:" + path(name));
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }
  std::vector<std::string> ids(const char* name) const {
    std::ifstream file(path(name));
    std::vector<std::string> found;
    for (std::string line; std::getline(file, line);) {
      const auto parsed = json::parse(line);
      EXPECT_TRUE(parsed) << line;
      if (parsed) found.emplace_back((*parsed)["request_id"].string().value_or("?"));
    }
    return found;
  }
  /// Until `name` has that many lines; the writer promises 50 ms, a loaded test machine gets more.
  void wait_for(const char* name, std::size_t lines) const {
    for (int i = 0; i < 1000 && ids(name).size() < lines; ++i) ::usleep(5000);
  }

  std::string folder_;
  Shard shard_;
  std::vector<std::string> complaints_;
  LogWriter writer_{[this](const std::string& text) { complaints_.push_back(text); }, 64 * 1024};
  AccessLog& log_ = writer_.add_reactor(shard_);
};

AccessRecord with_id(std::string_view id) {
  AccessRecord record;
  record.request_id = id;
  return record;
}

TEST_F(Log, IsOffUntilItHasADestination) {
  EXPECT_FALSE(log_.enabled());
  writer_.use(LogSink());
  EXPECT_FALSE(log_.enabled());
  writer_.use(sink("a.log"));
  EXPECT_TRUE(log_.enabled());
  writer_.use(LogSink());
  EXPECT_FALSE(log_.enabled());
}

TEST_F(Log, ASingleLineArrivesByItself) {
  writer_.use(sink("a.log"));
  for (const char* id : {"1", "2", "3"}) {
    log_.write(with_id(id));
    wait_for("a.log", static_cast<std::size_t>(*id - '0'));
    ::usleep(25'000);  // long enough for the writer to fall asleep
  }
  EXPECT_THAT(ids("a.log"), ElementsAre("1", "2", "3"));
}

TEST_F(Log, StopWritesWhatIsThere) {
  writer_.use(sink("a.log"));
  for (int i = 0; i < 50; ++i) log_.write(with_id("x"));
  writer_.stop();
  EXPECT_EQ(ids("a.log").size(), 50u);
  EXPECT_FALSE(log_.enabled());
}

TEST_F(Log, RenamedFileIsReopened) {
  writer_.use(sink("a.log"));
  log_.write(with_id("1"));
  wait_for("a.log", 1);
  ASSERT_EQ(std::rename(path("a.log").c_str(), path("old.log").c_str()), 0);
  writer_.use(sink("a.log"));
  ::usleep(50'000);
  log_.write(with_id("2"));
  writer_.stop();
  EXPECT_THAT(ids("old.log"), ElementsAre("1"));
  EXPECT_THAT(ids("a.log"), ElementsAre("2"));
}

TEST_F(Log, LinesThatNobodyTakesAreDroppedAndCounted) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
  const std::string reader = "file:/proc/self/fd/" + std::to_string(ends[1]);
  auto opened = LogSink::open(reader);
  ASSERT_TRUE(opened);
  writer_.use(std::move(*opened));
  AccessRecord record;
  const std::string path(4000, 'p');
  record.path = path;
  for (int i = 0; i < 100; ++i) log_.write(record);
  EXPECT_GT(shard_.log_lines_dropped.value(), 20u);
  writer_.stop();  // ends although nobody reads
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(Log, AFailingDestinationIsToldOnceAndLinesAreCounted) {
  auto opened = LogSink::open("file:/dev/full");
  ASSERT_TRUE(opened);
  writer_.use(std::move(*opened));
  for (int i = 0; i < 10; ++i) {
    log_.write(with_id("x"));
    ::usleep(2000);
  }
  writer_.stop();
  EXPECT_EQ(shard_.log_lines_lost.value(), 10u);
  ASSERT_EQ(complaints_.size(), 1u);
  EXPECT_THAT(complaints_[0], HasSubstr("No space left"));
}

TEST(LogSink, SaysWhatIsWrongWithADestination) {
  const auto no_folder = LogSink::open("file:/nowhere/at/all.log");
  ASSERT_FALSE(no_folder);
  EXPECT_THAT(no_folder.error(), HasSubstr("/nowhere/at/all.log"));
  EXPECT_THAT(no_folder.error(), HasSubstr("No such file"));
  EXPECT_FALSE(LogSink::open("syslog"));
}

// For TSan, and for lost wake-ups: everything written by several reactors arrives, whole and in order of
// each.
TEST_F(Log, LinesOfSeveralReactorsAllArrive) {
  Shard other_shard;
  AccessLog& other = writer_.add_reactor(other_shard);
  writer_.use(sink("a.log"));
  constexpr int kLines = 2000;
  const auto work = [](AccessLog& log, char name, Shard& shard) {
    for (int i = 0; i < kLines; ++i) {
      const std::string id = name + std::to_string(i);
      const std::uint64_t before = shard.log_lines_dropped.value();
      log.write(with_id(id));
      if (shard.log_lines_dropped.value() != before) {
        --i;
        ::usleep(100);
      }
    }
  };
  std::thread a(work, std::ref(log_), 'a', std::ref(shard_));
  std::thread b(work, std::ref(other), 'b', std::ref(other_shard));
  a.join();
  b.join();
  writer_.stop();
  int next_a = 0;
  int next_b = 0;
  for (const std::string& id : ids("a.log")) {
    int& next = id[0] == 'a' ? next_a : next_b;
    ASSERT_EQ(id.substr(1), std::to_string(next++));
  }
  EXPECT_EQ(next_a, kLines);
  EXPECT_EQ(next_b, kLines);
}

}  // namespace
}  // namespace reeve::telemetry
