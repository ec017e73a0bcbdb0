// SPDX-License-Identifier: Apache-2.0
// Dialling: success, every kind of failure, deadline and cancellation.
#include "net/dialer.h"

#include <sys/resource.h>

#include "net/listener.h"
#include "net/socket_test_support.h"

namespace reeve::net {
namespace {

using namespace test;
using rt::Deadline;
using rt::IoStatus;

struct NoOffload final : rt::Offload {
  rt::Task<IoStatus> run(std::move_only_function<void()>) override { co_return IoStatus::Exhausted; }
};

struct DialerTest : ::testing::Test {
  Reactor reactor;
  NoOffload offload;
  Dialer dialer{reactor, offload};
  rt::Scope scope;
  std::optional<IoStatus> status;
  std::unique_ptr<rt::Stream> stream;

  static rt::Task<void> run(DialerTest& test, Endpoint to, Deadline deadline,
                            rt::Cancellation& cancellation) {
    auto dialled = co_await test.dialer.dial({to, nullptr, {}}, deadline, &cancellation);
    test.status = dialled ? IoStatus::Ok : dialled.error();
    if (dialled) test.stream = std::move(*dialled);
  }
  void begin(const Endpoint& to, Deadline deadline, rt::Cancellation& cancellation) {
    scope.spawn(run, std::ref(*this), to, deadline, std::ref(cancellation));
  }
  std::optional<IoStatus> dial(const Endpoint& to) {
    rt::Cancellation cancellation;
    begin(to, Deadline::after(reactor.loop().now(), 10s), cancellation);
    EXPECT_TRUE(run_until(reactor, [&] { return status.has_value(); }));
    return status;
  }
};

/// A listener with so small a queue that a further client gets no answer.
struct FullQueue {
  UniqueFd socket;
  std::vector<UniqueFd> waiting;

  explicit FullQueue(const Endpoint& endpoint) {
    const SocketAddress address(endpoint);
    socket = UniqueFd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(socket.get(), &address.any, address.size), 0);
    EXPECT_EQ(::listen(socket.get(), 0), 0);
    const SocketAddress bound(local_endpoint(socket.get()));
    for (int i = 0; i < 4; ++i) {
      waiting.emplace_back(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      (void)::connect(waiting.back().get(), &bound.any, bound.size);
    }
  }
  Endpoint endpoint() const { return local_endpoint(socket.get()); }
  UniqueFd accept() { return UniqueFd(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
};

TEST_F(DialerTest, ConnectsWithoutDelayForSmallWrites) {
  const auto listener = Listener::open(loopback());
  ASSERT_TRUE(listener);
  ASSERT_EQ(dial((*listener)->endpoint()), IoStatus::Ok);
  int on = 0;
  socklen_t size = sizeof on;
  ::getsockopt(static_cast<SocketStream&>(*stream).fd(), IPPROTO_TCP, TCP_NODELAY, &on, &size);
  EXPECT_NE(on, 0);
  Peer peer(UniqueFd(::accept4((*listener)->fd(), nullptr, nullptr, SOCK_CLOEXEC)));
  rt::WriteOp op;
  op.list = rt::WriteList(rt::Buffer::copy_of("hello"));
  ASSERT_TRUE(stream->start_write(op));
  EXPECT_EQ(peer.receive(), "hello");
  EXPECT_TRUE(stream->quiet());
}

TEST_F(DialerTest, ConnectsToIpv6AndUnixSockets) {
  const TempFolder folder;
  const auto local = Listener::open(UnixEndpoint{folder / "socket"});
  ASSERT_TRUE(local);
  EXPECT_EQ(dial((*local)->endpoint()), IoStatus::Ok);
  const auto v6 = Listener::open(*parse_endpoint("[::1]:0"));
  if (!v6) GTEST_SKIP() << "no IPv6 here";
  status.reset();
  EXPECT_EQ(dial((*v6)->endpoint()), IoStatus::Ok);
}

TEST_F(DialerTest, NobodyThereIsRefused) {
  auto listener = Listener::open(loopback());
  ASSERT_TRUE(listener);
  const Endpoint gone = (*listener)->endpoint();
  listener->reset();
  EXPECT_EQ(dial(gone), IoStatus::Refused);
  status.reset();
  EXPECT_EQ(dial(UnixEndpoint{"/nonexistent/socket"}), IoStatus::Refused);
}

TEST_F(DialerTest, ANetworkWithoutARouteIsUnreachable) {
  // 240.0.0.0/4 is reserved: the kernel refuses to route it.
  EXPECT_EQ(dial(*parse_endpoint("255.255.255.255:80")), IoStatus::Unreachable);
}

TEST_F(DialerTest, EndsAtItsDeadlineWhenNobodyAnswers) {
  const FullQueue queue(loopback());
  rt::Cancellation cancellation;
  begin(queue.endpoint(), Deadline::after(reactor.loop().now(), 30ms), cancellation);
  ASSERT_TRUE(run_until(reactor, [&] { return status.has_value(); }));
  EXPECT_EQ(status, IoStatus::TimedOut);
}

TEST_F(DialerTest, CanBeCancelledBeforeAndWhileItWaits) {
  const FullQueue queue(loopback());
  rt::Cancellation cancellation;
  begin(queue.endpoint(), Deadline::never(), cancellation);
  run_what_is_due(reactor);
  EXPECT_FALSE(status);
  cancellation.request();
  EXPECT_FALSE(status) << "never on the spot";
  run_what_is_due(reactor);
  EXPECT_EQ(status, IoStatus::Cancelled);
  status.reset();
  begin(queue.endpoint(), Deadline::never(), cancellation);
  EXPECT_EQ(status, IoStatus::Cancelled);
}

struct FullUnixQueueTest : DialerTest {
  TempFolder folder;
  FullQueue queue{UnixEndpoint{folder / "socket"}};
  rt::Cancellation cancellation;
};

TEST_F(FullUnixQueueTest, WaitsForRoom) {
  begin(queue.endpoint(), Deadline::after(reactor.loop().now(), 10s), cancellation);
  run_what_is_due(reactor);
  EXPECT_FALSE(status);
  std::vector<UniqueFd> accepted;
  accepted.push_back(queue.accept());
  ASSERT_TRUE(run_until(reactor, [&] { return status.has_value(); }));
  EXPECT_EQ(status, IoStatus::Ok);
}

TEST_F(FullUnixQueueTest, WaitsNoLongerThanItsDeadline) {
  begin(queue.endpoint(), Deadline::after(reactor.loop().now(), 20ms), cancellation);
  ASSERT_TRUE(run_until(reactor, [&] { return status.has_value(); }));
  EXPECT_EQ(status, IoStatus::TimedOut);
}

TEST_F(FullUnixQueueTest, CanBeCancelled) {
  begin(queue.endpoint(), Deadline::never(), cancellation);
  cancellation.request();
  run_what_is_due(reactor);
  EXPECT_EQ(status, IoStatus::Cancelled);
}

TEST_F(DialerTest, SaysWhenDescriptorsHaveRunOut) {
  // UBSan needs descriptors to look at a type for the first time.
  ASSERT_EQ(dial(UnixEndpoint{"/nonexistent/socket"}), IoStatus::Refused);
  status.reset();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto ended = dial(loopback(1));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(ended, IoStatus::NoDescriptors);
}

}  // namespace
}  // namespace reeve::net
