// SPDX-License-Identifier: Apache-2.0
// SocketStream against real sockets: reading, writing, ends of every kind.
#include "net/socket_stream.h"

#include "net/socket_test_support.h"

namespace reeve::net {
namespace {

using namespace test;
using rt::Buffer;
using rt::Deadline;
using rt::IoStatus;
using rt::Task;
using rt::WriteList;

static_assert(sizeof(SocketStream) <= 200, "an idle connection is to stay small");

struct Bench : ::testing::Test {
  Reactor reactor;
  rt::Scope scope;
  Peer peer;
  std::unique_ptr<SocketStream> stream;

  void use(Pair pair) {
    peer = std::move(pair.peer);
    stream = SocketStream::make(reactor, std::move(pair.ours), SocketStream::State::Connected);
    ASSERT_NE(stream, nullptr);
    run_what_is_due(reactor);
  }
  template <class Condition>
  bool until(Condition happened) {
    return run_until(reactor, happened);
  }
  Deadline soon() { return Deadline::after(reactor.loop().now(), 20ms); }
};

struct SocketStreamTest : Bench {
  void SetUp() override { use(Pair::tcp()); }
};

/// Both families of stream sockets.
struct AnySocketStreamTest : Bench, ::testing::WithParamInterface<bool> {
  void SetUp() override { use(GetParam() ? Pair::local() : Pair::tcp()); }
};
INSTANTIATE_TEST_SUITE_P(, AnySocketStreamTest, ::testing::Values(false, true),
                         [](const auto& info) { return info.param ? "Unix" : "Tcp"; });

struct Reading {
  Buffer into;
  std::optional<IoStatus> status;
};
Task<void> read(rt::Stream& stream, Deadline deadline, Reading& reading) {
  reading.status = co_await stream.read(reading.into, deadline);
}

struct Writing {
  std::optional<IoStatus> status;
};
Task<void> write(rt::Stream& stream, WriteList list, Deadline deadline, Writing& writing) {
  writing.status = co_await stream.write(std::move(list), deadline);
}

Task<void> echo(std::unique_ptr<rt::Stream> stream, IoStatus& end) {
  for (;;) {
    Buffer bytes;
    end = co_await stream->read(bytes, Deadline::never());
    if (end != IoStatus::Ok) co_return;
    end = co_await stream->write(WriteList(std::move(bytes)), Deadline::never());
    if (end != IoStatus::Ok) co_return;
  }
}

TEST_P(AnySocketStreamTest, EchoesUntilThePeerEnds) {
  IoStatus end = IoStatus::Ok;
  scope.spawn(echo, std::unique_ptr<rt::Stream>(std::move(stream)), std::ref(end));
  for (const std::string_view word : {"one", "two", "three"}) {
    ASSERT_TRUE(peer.send(word));
    run_what_is_due(reactor);
    EXPECT_EQ(peer.receive(), word);
  }
  peer.end();
  EXPECT_TRUE(until([&] { return scope.running() == 0; }));
  EXPECT_EQ(end, IoStatus::Eof);
  EXPECT_EQ(peer.receive(), "");
}

TEST_F(SocketStreamTest, TakesABlockOnlyWhenDataIsThere) {
  Reading reading;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  run_what_is_due(reactor);
  EXPECT_EQ(reading.into.data(), nullptr);
  ASSERT_TRUE(peer.send("x"));
  ASSERT_TRUE(until([&] { return reading.status.has_value(); }));
  EXPECT_EQ(reading.into.view(), "x");
  EXPECT_TRUE(stream->quiet()) << "a short read leaves nothing";
}

TEST_F(SocketStreamTest, AppendsToWhatTheBufferHolds) {
  Reading reading;
  reading.into = Buffer::copy_of("GET /");
  const char* block = reading.into.data();
  ASSERT_TRUE(peer.send(" HTTP/1.1"));
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  ASSERT_TRUE(until([&] { return reading.status.has_value(); }));
  EXPECT_EQ(reading.into.view(), "GET / HTTP/1.1");
  EXPECT_EQ(reading.into.data(), block);
}

TEST_F(SocketStreamTest, LeavesNoBlockWhenItReadsTheEnd) {
  peer.end();
  Reading reading;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  ASSERT_TRUE(until([&] { return reading.status.has_value(); }));
  EXPECT_EQ(reading.status, IoStatus::Eof);
  EXPECT_EQ(reading.into.data(), nullptr);
  Reading again;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(again));
  EXPECT_EQ(again.status, IoStatus::Eof) << "an end stays an end";
}

std::string numbered(std::size_t size) {
  std::string bytes;
  for (std::uint32_t i = 0; bytes.size() < size; ++i) bytes += std::to_string(i) + ' ';
  bytes.resize(size);
  return bytes;
}

TEST_P(AnySocketStreamTest, WritesEverythingThroughATinySendBuffer) {
  const int tiny = 1;
  ::setsockopt(stream->fd(), SOL_SOCKET, SO_SNDBUF, &tiny, sizeof tiny);
  const std::string bytes = numbered(300'000);
  WriteList list;
  for (std::size_t i = 0; i < 4; ++i)
    list.add(Buffer::copy_of(std::string_view(bytes).substr(i * 75'000, 75'000)));
  Writing writing;
  scope.spawn(write, std::ref(*stream), std::move(list), Deadline::never(), std::ref(writing));
  EXPECT_FALSE(writing.status);
  std::string got;
  ASSERT_TRUE(until([&] {
    while (got.size() < bytes.size()) {
      const std::string piece = peer.receive_now();
      if (piece.starts_with("error")) break;
      got += piece;
    }
    return writing.status && got.size() == bytes.size();
  }));
  EXPECT_EQ(writing.status, IoStatus::Ok);
  EXPECT_EQ(got, bytes);
}

struct RawWrite : rt::WriteOp {
  bool ended = false;
  explicit RawWrite(std::size_t size) {
    list = WriteList(Buffer::copy_of(std::string(size, 'w')));
    done = [](WriteOp& op) { static_cast<RawWrite&>(op).ended = true; };
  }
};
constexpr std::size_t kTooMuch = 16u << 20;  // more than any socket buffer takes

TEST_P(AnySocketStreamTest, HoldsBackWhileThePeerDoesNotRead) {
  RawWrite op(kTooMuch);
  ASSERT_FALSE(stream->start_write(op));
  run_what_is_due(reactor);
  EXPECT_FALSE(op.ended);
  const std::uint64_t taken = op.written;
  EXPECT_GT(taken, 0u);
  EXPECT_LT(taken, kTooMuch);
  run_what_is_due(reactor);
  EXPECT_EQ(op.written, taken);
  std::size_t got = 0;
  ASSERT_TRUE(until([&] {
    for (std::string piece; !(piece = peer.receive_now()).starts_with("error");) got += piece.size();
    return op.ended && got == kTooMuch;
  }));
  EXPECT_EQ(op.status, IoStatus::Ok);
  EXPECT_EQ(op.written, kTooMuch);
}

TEST_F(SocketStreamTest, AReadEndsAtItsDeadlineAndLeavesNoTimer) {
  Reading reading;
  scope.spawn(read, std::ref(*stream), soon(), std::ref(reading));
  const MonoTime begun = reactor.loop().now();
  ASSERT_TRUE(until([&] { return reading.status.has_value(); }));
  EXPECT_EQ(reading.status, IoStatus::TimedOut);
  EXPECT_GE(reactor.loop().now() - begun, 20ms);
  EXPECT_EQ(reading.into.data(), nullptr);
  EXPECT_EQ(reactor.loop().timers().next(), std::nullopt);
  ASSERT_TRUE(peer.send("late"));
  Reading next;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(next));
  ASSERT_TRUE(until([&] { return next.status.has_value(); }));
  EXPECT_EQ(next.into.view(), "late") << "the stream stays usable";
}

TEST_F(SocketStreamTest, AWriteEndsAtItsDeadlineAndTellsHowFarItCame) {
  RawWrite op(kTooMuch);
  op.deadline = soon();
  ASSERT_FALSE(stream->start_write(op));
  ASSERT_TRUE(until([&] { return op.ended; }));
  EXPECT_EQ(op.status, IoStatus::TimedOut);
  stream->shutdown_write();
  std::size_t got = 0;
  for (std::string piece; !(piece = peer.receive()).empty();) got += piece.size();
  EXPECT_EQ(got, op.written);
}

TEST_F(SocketStreamTest, ProgressMovesTheIdleDeadline) {
  RawWrite op(kTooMuch);
  op.idle = 1h;
  op.deadline = Deadline::after(reactor.loop().now(), op.idle);
  ASSERT_FALSE(stream->start_write(op));
  const std::uint64_t taken = op.written;
  const Deadline first = op.deadline;
  ASSERT_TRUE(until([&] {
    (void)peer.receive(1u << 20, MSG_DONTWAIT);
    return op.written > taken;
  }));
  EXPECT_GT(op.deadline.at, first.at);
  stream->cancel_write();
  ASSERT_TRUE(until([&] { return op.ended; }));
  EXPECT_EQ(op.status, IoStatus::Cancelled);
}

TEST_F(SocketStreamTest, AStalledPeerRunsIntoTheIdleDeadline) {
  RawWrite op(kTooMuch);
  op.idle = 20ms;
  op.deadline = Deadline::after(reactor.loop().now(), op.idle);
  ASSERT_FALSE(stream->start_write(op));
  ASSERT_TRUE(until([&] { return op.ended; }));
  EXPECT_EQ(op.status, IoStatus::TimedOut);
}

TEST_P(AnySocketStreamTest, ACancelledReadEndsThroughTheLoop) {
  stream->cancel_read();  // nothing in flight: no effect on what follows
  Reading reading;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  run_what_is_due(reactor);
  EXPECT_FALSE(reading.status);
  stream->cancel_read();
  stream->cancel_read();
  EXPECT_FALSE(reading.status) << "never on the spot";
  reactor.turn(Duration(0));
  EXPECT_EQ(reading.status, IoStatus::Cancelled);
}

TEST_F(SocketStreamTest, CancellingBeatsDataThatArrivesInTheSameTurn) {
  Reading reading;
  scope.spawn(read, std::ref(*stream), soon(), std::ref(reading));
  ASSERT_TRUE(peer.send("data"));
  stream->cancel_read();
  reactor.turn(Duration(0));
  EXPECT_EQ(reading.status, IoStatus::Cancelled);
  EXPECT_FALSE(stream->quiet());
  Reading next;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(next));
  ASSERT_TRUE(until([&] { return next.status.has_value(); }));
  EXPECT_EQ(next.into.view(), "data") << "and loses none";
}

TEST_F(SocketStreamTest, ACancelledReadLeavesTheNextOneAlone) {
  Reading first, second;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(first));
  stream->cancel_read();
  reactor.turn(Duration(0));
  ASSERT_EQ(first.status, IoStatus::Cancelled);
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(second));
  run_what_is_due(reactor);
  EXPECT_FALSE(second.status);
  stream->cancel_read();
  reactor.turn(Duration(0));
}

TEST_F(SocketStreamTest, ACancellationEndsReadAndWrite) {
  Reading reading;
  RawWrite op(kTooMuch);
  rt::Cancellation cancellation;
  rt::Cancellation::Attached attached(cancellation, *stream);
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  ASSERT_FALSE(stream->start_write(op));
  cancellation.request();
  reactor.turn(Duration(0));
  EXPECT_EQ(reading.status, IoStatus::Cancelled);
  EXPECT_TRUE(op.ended);
  EXPECT_EQ(op.status, IoStatus::Cancelled);
}

TEST_F(SocketStreamTest, AStreamMayGoRightAfterItsCancelledRead) {
  Reading reading;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  stream->cancel_read();
  ASSERT_TRUE(peer.send("x"));
  ASSERT_TRUE(until([&] { return reading.status.has_value(); }));
  stream.reset();
  run_what_is_due(reactor);
  EXPECT_EQ(peer.receive(), kReset) << "unread data was thrown away";
}

TEST_F(SocketStreamTest, AResetEndsAWaitingRead) {
  Reading reading;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  peer.reset();
  ASSERT_TRUE(until([&] { return reading.status.has_value(); }));
  EXPECT_EQ(reading.status, IoStatus::Reset);
  EXPECT_TRUE(stream->broken());
  EXPECT_TRUE(stream->peer_gone());
  Reading again;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(again));
  EXPECT_EQ(again.status, IoStatus::Reset) << "a cut message never looks complete";
}

TEST_F(SocketStreamTest, AResetSeenByAWriteIsNoOrderlyEndForTheReader) {
  peer.reset();
  RawWrite op(1);
  ASSERT_TRUE(stream->start_write(op));
  EXPECT_EQ(op.status, IoStatus::Reset);
  Reading reading;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  EXPECT_EQ(reading.status, IoStatus::Reset);
}

TEST_F(SocketStreamTest, AnOrderlyEndStaysOneWhenAResetFollows) {
  ASSERT_TRUE(peer.send("all"));
  peer.close();
  RawWrite op(1);
  ASSERT_TRUE(stream->start_write(op));  // the peer's kernel answers with a reset
  run_what_is_due(reactor);
  EXPECT_TRUE(stream->broken());
  Reading reading;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  EXPECT_EQ(reading.into.view(), "all");
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  EXPECT_EQ(reading.status, IoStatus::Eof);
}

TEST_P(AnySocketStreamTest, WritingToAPeerThatIsGoneFails) {
  peer.close();
  std::optional<IoStatus> failed;
  ASSERT_TRUE(until([&] {
    RawWrite op(1);
    if (stream->start_write(op) && op.status != IoStatus::Ok) failed = op.status;
    return failed.has_value();
  }));
  EXPECT_EQ(failed, IoStatus::Reset);
  EXPECT_TRUE(stream->broken());
}

TEST_F(SocketStreamTest, AResetRequestsTheCancellationEvenIfHalfCloseIsAllowed) {
  rt::Cancellation cancellation;
  stream->when_gone(&cancellation, true);
  peer.end();
  run_what_is_due(reactor);
  EXPECT_TRUE(stream->peer_gone());
  EXPECT_FALSE(stream->broken());
  EXPECT_FALSE(cancellation.requested());
  peer.reset();
  ASSERT_TRUE(until([&] { return cancellation.requested(); }));
  EXPECT_TRUE(stream->broken());
}

TEST_P(AnySocketStreamTest, AnEndRequestsTheCancellation) {
  rt::Cancellation cancellation;
  stream->when_gone(&cancellation, false);
  ASSERT_TRUE(peer.send("unread"));
  run_what_is_due(reactor);
  EXPECT_FALSE(cancellation.requested());
  peer.end();
  EXPECT_TRUE(until([&] { return cancellation.requested(); }));
}

TEST_F(SocketStreamTest, WhenGoneNoticesWhatHasHappenedBefore) {
  peer.end();
  ASSERT_TRUE(until([&] { return stream->peer_gone(); }));
  rt::Cancellation patient, strict;
  stream->when_gone(&patient, true);
  EXPECT_FALSE(patient.requested());
  stream->when_gone(&strict, false);
  EXPECT_TRUE(strict.requested());
}

TEST_F(SocketStreamTest, WhenGoneOfNullEndsTheWatch) {
  rt::Cancellation cancellation;
  stream->when_gone(&cancellation, false);
  stream->when_gone(nullptr, false);
  peer.reset();
  ASSERT_TRUE(until([&] { return stream->broken(); }));
  EXPECT_FALSE(cancellation.requested());
}

TEST_F(SocketStreamTest, AGoneClientCancelsWhatRunsElsewhere) {
  Pair other = Pair::tcp();
  auto upstream = SocketStream::make(reactor, std::move(other.ours), SocketStream::State::Connected);
  rt::Cancellation cancellation;
  rt::Cancellation::Attached attached(cancellation, *upstream);
  stream->when_gone(&cancellation, false);
  Reading reading;
  scope.spawn(read, std::ref(*upstream), Deadline::never(), std::ref(reading));
  peer.close();
  ASSERT_TRUE(until([&] { return reading.status.has_value(); }));
  EXPECT_EQ(reading.status, IoStatus::Cancelled);
}

TEST_F(SocketStreamTest, ClosesInOrderUnlessToldToReset) {
  stream.reset();
  EXPECT_EQ(peer.receive(), "");
  use(Pair::tcp());
  stream->reset_on_close();
  stream.reset();
  EXPECT_EQ(peer.receive(), kReset);
}

TEST_P(AnySocketStreamTest, AfterShutdownThePeerMayGoOnSending) {
  stream->shutdown_write();
  EXPECT_EQ(peer.receive(), "");
  ASSERT_TRUE(peer.send("still here"));
  Reading reading;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  ASSERT_TRUE(until([&] { return reading.status.has_value(); }));
  EXPECT_EQ(reading.into.view(), "still here");
  peer.end();
  ASSERT_TRUE(until([&] { return stream->peer_gone(); }));
  EXPECT_FALSE(stream->broken()) << "both directions ended in order";
}

TEST_F(SocketStreamTest, IsQuietOnlyWithNothingUnreadAndThePeerThere) {
  EXPECT_TRUE(stream->quiet());
  ASSERT_TRUE(peer.send("x"));
  run_what_is_due(reactor);
  EXPECT_FALSE(stream->quiet());
  Reading reading;
  scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
  EXPECT_TRUE(stream->quiet());
  peer.end();
  run_what_is_due(reactor);
  EXPECT_FALSE(stream->quiet());
}

TEST_F(SocketStreamTest, IsQuietAfterAReadThatFilledItsRoomExactly) {
  ASSERT_TRUE(peer.send(std::string(Buffer::kStandard, 'x')));
  Reading reading;
  ASSERT_TRUE(until([&] {
    if (!stream->quiet() && !reading.status)
      scope.spawn(read, std::ref(*stream), Deadline::never(), std::ref(reading));
    return reading.status.has_value();
  }));
  ASSERT_EQ(reading.into.size(), Buffer::kStandard);
  EXPECT_TRUE(stream->quiet());
}

TEST_F(SocketStreamTest, TellsItsObserverOfItsEnd) {
  struct Observer : CloseObserver {
    int closed = 0;
    void stream_closed() override { ++closed; }
  } observer;
  auto other = SocketStream::make(reactor, Pair::tcp().ours, SocketStream::State::Connected, &observer);
  EXPECT_EQ(observer.closed, 0);
  other.reset();
  EXPECT_EQ(observer.closed, 1);
}

// One batch holds events of two streams. The first to be dispatched ends the other, whose slot is taken by a
// third: the second event is not for it.
Task<void> read_then_replace(Reactor& reactor, rt::Stream& stream, std::unique_ptr<SocketStream>& other,
                             Pair& pair, std::unique_ptr<SocketStream>& third) {
  Buffer into;
  EXPECT_EQ(co_await stream.read(into, Deadline::never()), IoStatus::Ok);
  if (!other) co_return;
  other.reset();
  third = SocketStream::make(reactor, std::move(pair.ours), SocketStream::State::Connected);
}

TEST_F(SocketStreamTest, AStaleEventDoesNotReachTheNextOwnerOfItsSlot) {
  Pair second = Pair::tcp(), spare = Pair::tcp();
  auto other = SocketStream::make(reactor, std::move(second.ours), SocketStream::State::Connected);
  run_what_is_due(reactor);
  std::unique_ptr<SocketStream> third;
  scope.spawn(read_then_replace, std::ref(reactor), std::ref(*stream), std::ref(other), std::ref(spare),
              std::ref(third));
  ASSERT_TRUE(peer.send("first"));
  second.peer.end();
  reactor.turn(1s);
  ASSERT_NE(third, nullptr);
  EXPECT_FALSE(third->peer_gone());
  EXPECT_TRUE(third->quiet());
}

}  // namespace
}  // namespace reeve::net
