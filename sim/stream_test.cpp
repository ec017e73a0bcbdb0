// SPDX-License-Identifier: Apache-2.0
// A simulated connection keeps the promises of rt/stream.h and does what its traits say.
#include "sim/stream.h"

#include <gtest/gtest.h>

#include <functional>

#include "rt/scope.h"

namespace reeve::sim {
namespace {

using rt::IoStatus;
using std::chrono::milliseconds;
using std::chrono::seconds;

rt::Task<> read_one(rt::Stream& stream, std::string& into, rt::Deadline deadline, IoStatus& status) {
  rt::Buffer buffer;
  const IoStatus ended = co_await stream.read(buffer, deadline);
  into += buffer.view();
  status = ended;
}

rt::Task<> read_all(rt::Stream& stream, std::string& into, IoStatus& status) {
  for (;;) {
    rt::Buffer buffer;
    const IoStatus ended = co_await stream.read(buffer, rt::Deadline::never());
    into += buffer.view();
    if (ended == IoStatus::Ok) continue;
    status = ended;
    co_return;
  }
}

rt::Task<> write_one(rt::Stream& stream, std::string bytes, MonoTime now, Duration idle, IoStatus& status) {
  const IoStatus ended = co_await stream.write(rt::WriteList(rt::Buffer::copy_of(bytes)), now, idle);
  status = ended;
}

struct Pair : testing::Test {
  void make(WayTraits to_a = {}, WayTraits to_b = {}, bool reset_discards = false) {
    auto link = std::make_shared<Link>(world, 0, std::array{to_a, to_b}, reset_discards);
    a = std::make_unique<SimStream>(reactor, link, 0, open);
    b = std::make_unique<SimStream>(reactor, link, 1, open);
  }
  void in_turn(std::function<void()> what) {
    reactor.post(std::move(what));
    settle();
  }
  void settle() {
    while (world.run_until([] { return false; }, world.now() + milliseconds(20))) {
    }
    world.after(milliseconds(20), [] {});
    world.run_until([] { return false; }, world.now() + milliseconds(20));
  }
  void read(SimStream& stream, std::string& into, IoStatus& result, Duration patience = seconds(60)) {
    in_turn([&] {
      scope.spawn(read_one, std::ref(static_cast<rt::Stream&>(stream)), std::ref(into),
                  rt::Deadline::after(world.now(), patience), std::ref(result));
    });
  }
  void write(SimStream& stream, std::string bytes, IoStatus& result, Duration idle = seconds(60)) {
    in_turn([&, bytes] {
      scope.spawn(write_one, std::ref(static_cast<rt::Stream&>(stream)), bytes, world.now(), idle,
                  std::ref(result));
    });
  }
  void wait(Duration span) {
    world.after(span, [] {});
    world.run_until([] { return false; }, world.now() + span);
  }

  World world{1};
  Reactor reactor{world, {}};
  std::uint64_t open = 0;
  std::unique_ptr<SimStream> a;
  std::unique_ptr<SimStream> b;
  rt::Scope scope;
  IoStatus status = IoStatus::Failed;
  IoStatus other = IoStatus::Failed;
  std::string got;
};

TEST_F(Pair, BytesArriveAfterTheLatencyAndInOrder) {
  make({.latency = milliseconds(5)});
  read(*a, got, status);
  EXPECT_EQ(status, IoStatus::Failed);
  write(*b, "one", other);
  EXPECT_EQ(other, IoStatus::Ok);
  EXPECT_EQ(status, IoStatus::Ok);
  EXPECT_EQ(got, "one");
}

TEST_F(Pair, ShortReadsAndWritesLoseNothing) {
  const std::string text(10'000, 'x');
  make({.room = 700, .read_max = 33, .write_max = 100});
  in_turn([&] {
    scope.spawn(read_all, std::ref(static_cast<rt::Stream&>(*a)), std::ref(got), std::ref(status));
    scope.spawn(write_one, std::ref(static_cast<rt::Stream&>(*b)), text, world.now(), Duration(seconds(60)),
                std::ref(other));
  });
  wait(seconds(5));
  EXPECT_EQ(other, IoStatus::Ok);
  EXPECT_EQ(got.size(), text.size());
  b->shutdown_write();
  wait(seconds(1));
  EXPECT_EQ(status, IoStatus::Eof);
}

TEST_F(Pair, AReadEndsAtItsDeadline) {
  make();
  const MonoTime start = world.now();
  read(*a, got, status, milliseconds(500));
  wait(seconds(1));
  EXPECT_EQ(status, IoStatus::TimedOut);
  EXPECT_GE(world.now() - start, milliseconds(500));
}

TEST_F(Pair, AWriteWithoutRoomEndsAfterItsIdleTime) {
  make({.room = 100});
  write(*b, std::string(1000, 'x'), other, milliseconds(300));
  EXPECT_EQ(other, IoStatus::Failed);
  wait(seconds(1));
  EXPECT_EQ(other, IoStatus::TimedOut);
}

TEST_F(Pair, CancellingResumesTheWaiterLaterAndLeavesTheStreamUsable) {
  make();
  read(*a, got, status);
  bool on_the_spot = true;
  reactor.post([&] {
    a->cancel_read();
    on_the_spot = status != IoStatus::Failed;
  });
  settle();
  EXPECT_FALSE(on_the_spot);
  EXPECT_EQ(status, IoStatus::Cancelled);
  write(*b, "later", other);
  read(*a, got, status);
  EXPECT_EQ(got, "later");
}

TEST_F(Pair, AnEndInOrderComesBehindTheBytes) {
  make({.latency = milliseconds(2)});
  write(*b, "bye", other);
  b.reset();
  settle();
  EXPECT_TRUE(a->peer_gone());
  EXPECT_FALSE(a->broken());
  in_turn([&] {
    scope.spawn(read_all, std::ref(static_cast<rt::Stream&>(*a)), std::ref(got), std::ref(status));
  });
  EXPECT_EQ(got, "bye");
  EXPECT_EQ(status, IoStatus::Eof);
}

TEST_F(Pair, HalfCloseLetsTheOtherDirectionGoOn) {
  make();
  a->shutdown_write();
  read(*b, got, status);
  EXPECT_EQ(status, IoStatus::Eof);
  write(*b, "still", other);
  read(*a, got, status);
  EXPECT_EQ(got, "still");
}

TEST_F(Pair, ClosingWithBytesUnreadResetsThePeer) {
  make();
  write(*b, "unread", other);
  a.reset();
  settle();
  EXPECT_TRUE(b->broken());
  write(*b, "more", other);
  EXPECT_EQ(other, IoStatus::Reset);
}

TEST_F(Pair, WhatArrivesAtAClosedEndIsAnsweredWithAReset) {
  make();
  a.reset();
  settle();
  EXPECT_FALSE(b->broken());
  write(*b, "late", other);
  EXPECT_EQ(other, IoStatus::Ok);
  EXPECT_TRUE(b->broken());
}

TEST_F(Pair, AResetMayDiscardWhatWasNotRead) {
  make({}, {}, true);
  write(*b, "lost", other);
  b->reset_on_close();
  b.reset();
  settle();
  read(*a, got, status);
  EXPECT_EQ(status, IoStatus::Reset);
  EXPECT_EQ(got, "");
}

TEST_F(Pair, FaultsStrikeAtTheirOffset) {
  make({.reset_after = 10});
  write(*b, "123456789", other);
  EXPECT_FALSE(a->broken());
  write(*b, "0", other);
  EXPECT_TRUE(a->broken());
  EXPECT_TRUE(b->broken());
}

TEST_F(Pair, WhatIsSwallowedArrivesWhenTheLinkIsHealed) {
  make({.swallow_after = 1});
  read(*a, got, status);
  write(*b, "held", other);
  wait(seconds(30));
  EXPECT_EQ(status, IoStatus::Failed);
  a->link().heal();
  settle();
  EXPECT_EQ(got, "held");
}

TEST_F(Pair, WhoWaitsForThePeersEndIsToldByItsKind) {
  make();
  rt::Cancellation all;
  rt::Cancellation resets_only;
  a->when_gone(&all, false);
  b->shutdown_write();
  settle();
  EXPECT_TRUE(all.requested());
  a->when_gone(&resets_only, true);
  EXPECT_FALSE(resets_only.requested());
  b->reset_on_close();
  b.reset();
  settle();
  EXPECT_TRUE(resets_only.requested());
}

TEST_F(Pair, QuietMeansNothingUnreadAndNotGone) {
  make();
  EXPECT_TRUE(a->quiet());
  write(*b, "surplus", other);
  EXPECT_FALSE(a->quiet());
  read(*a, got, status);
  EXPECT_TRUE(a->quiet());
  b.reset();
  settle();
  EXPECT_FALSE(a->quiet());
}

TEST_F(Pair, StreamsAreCounted) {
  make();
  EXPECT_EQ(open, 2u);
  a.reset();
  b.reset();
  EXPECT_EQ(open, 0u);
}

}  // namespace
}  // namespace reeve::sim
