// SPDX-License-Identifier: Apache-2.0
// Accepting: spreading over reactors, limits, shortage, reload.
#include "net/acceptor.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <list>
#include <semaphore>
#include <thread>

#include "net/socket_test_support.h"

namespace reeve::net {
namespace {

using namespace test;
using rt::Deadline;
using rt::IoStatus;
using rt::Task;

/// Serves connections of one reactor by echo; keeps them until the peer goes or shed() is called.
struct Server {
  explicit Server(Reactor& r) : reactor(r) {}
  Reactor& reactor;
  std::vector<PeerFacts> facts;
  std::list<rt::Stream*> open;
  rt::Scope scope;
  std::size_t pressed = 0;

  AcceptHandlers handlers() {
    return {[this](std::unique_ptr<rt::Stream> stream, const PeerFacts& peer) {
              facts.push_back(peer);
              scope.spawn(serve, std::ref(*this), std::move(stream));
            },
            {}};
  }
  std::size_t shed() {
    for (rt::Stream* stream : open) stream->cancel_read();
    return open.size();
  }
  static Task<void> serve(Server& server, std::unique_ptr<rt::Stream> stream) {
    const auto place = server.open.insert(server.open.end(), stream.get());
    for (;;) {
      rt::Buffer bytes;
      if (co_await stream->read(bytes, Deadline::never()) != IoStatus::Ok) break;
      if (co_await stream->write(rt::WriteList(std::move(bytes)), Deadline::never()) != IoStatus::Ok) break;
    }
    server.open.erase(place);
  }
};

std::shared_ptr<Listener> open_or_fail(const Endpoint& endpoint) {
  auto listener = Listener::open(endpoint);
  if (!listener) ADD_FAILURE() << listener.error();
  return listener ? *listener : nullptr;
}

struct AcceptorTest : ::testing::Test {
  Reactor reactor;
  Server server{reactor};
  AcceptGroup group;
  std::shared_ptr<Listener> listener = open_or_fail(loopback());

  void start(AcceptHandlers handlers, ListenerService service = {}) {
    group.add(reactor, std::move(handlers));
    group.start(listener, std::move(service));
    run_what_is_due(reactor);
  }
  Peer client() { return Peer::connect(listener->endpoint()); }
  bool echoes(Peer& peer) {
    if (!peer.send("hello")) return false;
    std::string answer;
    return run_until(reactor, [&] { return !(answer = peer.receive_now()).starts_with("error"); }) &&
           answer == "hello";
  }
  bool waits(Peer& peer) {
    run_what_is_due(reactor);
    return peer.receive_now() == "error " + std::to_string(EAGAIN);
  }
  void TearDown() override {
    EXPECT_TRUE(run_until(reactor, [&] { return server.scope.running() == 0; }));
    EXPECT_EQ(group.connections(), 0u);
  }
};

TEST_F(AcceptorTest, GivesTheStreamAndWhatIsKnownOfThePeer) {
  ListenerService service;
  service.index = 7;
  service.secure = true;
  start(server.handlers(), service);
  Peer peer = client();
  ASSERT_TRUE(echoes(peer));
  EXPECT_EQ(group.connections(), 1u);
  ASSERT_EQ(server.facts.size(), 1u);
  const PeerFacts& facts = server.facts[0];
  EXPECT_EQ(facts.address, IpAddress::v4({127, 0, 0, 1}));
  EXPECT_EQ(IpEndpoint(*facts.address, facts.port), std::get<IpEndpoint>(local_endpoint(peer.fd())));
  EXPECT_EQ(facts.local_port, std::get<IpEndpoint>(listener->endpoint()).port);
  EXPECT_EQ(facts.listener, 7);
  EXPECT_TRUE(facts.secure);
}

TEST_F(AcceptorTest, AcceptedConnectionsDoNotDelaySmallWrites) {
  int delay_off = 0;
  start({[&](std::unique_ptr<rt::Stream> stream, const PeerFacts&) {
           socklen_t size = sizeof delay_off;
           ::getsockopt(static_cast<SocketStream&>(*stream).fd(), IPPROTO_TCP, TCP_NODELAY, &delay_off,
                        &size);
         },
         {}});
  Peer peer = client();
  EXPECT_TRUE(run_until(reactor, [&] { return delay_off != 0; }));
}

TEST_F(AcceptorTest, AUnixPeerHasNoAddress) {
  const TempFolder folder;
  listener = open_or_fail(UnixEndpoint{folder / "socket"});
  start(server.handlers());
  Peer peer = client();
  ASSERT_TRUE(echoes(peer));
  EXPECT_EQ(server.facts.at(0).address, std::nullopt);
  EXPECT_EQ(server.facts.at(0).local_port, 0);
}

TEST_F(AcceptorTest, AReplacedServiceHoldsForNewConnectionsOnly) {
  start(server.handlers());
  Peer old = client();
  ASSERT_TRUE(echoes(old));
  ListenerService service;
  service.index = 1;
  int wrapped = 0;
  service.wrap = [&](Reactor& on, std::unique_ptr<rt::Stream> stream) {
    EXPECT_EQ(&on, &reactor);
    ++wrapped;
    return stream;
  };
  group.replace(listener, service);
  run_what_is_due(reactor);
  Peer fresh = client();
  ASSERT_TRUE(echoes(fresh));
  ASSERT_TRUE(echoes(old));
  EXPECT_EQ(wrapped, 1);
  EXPECT_EQ(server.facts.at(1).listener, 1);
}

TEST_F(AcceptorTest, StoppingOneListenerServesItsQueueAndLeavesOthersAlone) {
  start(server.handlers());
  const auto other = open_or_fail(loopback());
  group.start(other, {});
  run_what_is_due(reactor);
  std::vector<Peer> queued;
  for (int i = 0; i < 40; ++i) queued.push_back(client());
  group.stop(listener);
  const Endpoint closed = listener->endpoint();
  listener.reset();
  run_what_is_due(reactor);
  EXPECT_FALSE(Peer::connect(closed).open());
  for (Peer& peer : queued) EXPECT_TRUE(echoes(peer));
  listener = other;
  Peer peer = client();
  EXPECT_TRUE(echoes(peer));
}

TEST_F(AcceptorTest, AListenerThatWasHandedOverLeavesItsQueueToTheOther) {
  start(server.handlers());
  auto successor = Listener::adopt(listener->duplicate(), listener->endpoint(), Listener::PathOwner::Reeve);
  ASSERT_TRUE(successor);
  listener->handed_over();
  Peer peer = client();
  group.stop(listener);
  // Mail is dispatched in the order of events; whoever was first, the client is answered once.
  run_what_is_due(reactor);
  listener = *successor;
  group.start(listener, {});
  EXPECT_TRUE(echoes(peer));
}

TEST_F(AcceptorTest, AtTheLimitClientsWaitUntilOneLeaves) {
  group.set_limit(2);
  start(server.handlers());
  Peer a = client(), b = client(), c = client();
  ASSERT_TRUE(echoes(a));
  ASSERT_TRUE(echoes(b));
  ASSERT_TRUE(c.send("hello"));
  EXPECT_TRUE(waits(c));
  EXPECT_EQ(group.connections(), 2u);
  a.close();
  std::string answer;
  EXPECT_TRUE(run_until(reactor, [&] { return !(answer = c.receive_now()).starts_with("error"); }));
  EXPECT_EQ(answer, "hello");
  EXPECT_EQ(group.connections(), 2u);
}

TEST_F(AcceptorTest, ARaisedLimitLetsWaitingClientsIn) {
  group.set_limit(0);
  start(server.handlers());
  Peer peer = client();
  EXPECT_TRUE(waits(peer));
  group.set_limit(1);
  EXPECT_TRUE(echoes(peer));
}

TEST_F(AcceptorTest, AtTheLimitIdleConnectionsGoFirst) {
  group.set_limit(2);
  AcceptHandlers handlers = server.handlers();
  handlers.on_pressure = [&] {
    ++server.pressed;
    return server.shed();
  };
  start(std::move(handlers));
  Peer a = client(), b = client();
  ASSERT_TRUE(echoes(a));
  ASSERT_TRUE(echoes(b));
  run_what_is_due(reactor);
  EXPECT_EQ(server.pressed, 0u) << "the last one that fits presses nobody out";
  Peer c = client();
  EXPECT_TRUE(echoes(c));
  EXPECT_EQ(a.receive(), "");
  EXPECT_EQ(server.pressed, 1u);
}

TEST(AcceptGroup, SpreadsConnectionsEvenlyOverReactors) {
  Reactor reactors[2];
  Server servers[2] = {Server(reactors[0]), Server(reactors[1])};
  AcceptGroup group;
  const auto listener = open_or_fail(loopback());
  for (int i = 0; i < 2; ++i) group.add(reactors[i], servers[i].handlers());
  group.start(listener, {});
  std::vector<Peer> peers;
  for (int i = 0; i < 20; ++i) peers.push_back(Peer::connect(listener->endpoint()));
  // The first takes all there is, and hands every second one over.
  run_what_is_due(reactors[0]);
  run_what_is_due(reactors[1]);
  EXPECT_EQ(servers[0].open.size(), 10u);
  EXPECT_EQ(servers[1].open.size(), 10u);
  peers.clear();
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(run_until(reactors[i], [&] { return servers[i].scope.running() == 0; }));
  EXPECT_EQ(group.connections(), 0u);
}

// Two reactors on two threads, clients on a third; every byte of every connection comes back.
TEST(AcceptGroup, ServesClientsOfManyThreadsOnTwoReactors) {
  constexpr int kClients = 60;
  Reactor reactors[2];
  Server servers[2] = {Server(reactors[0]), Server(reactors[1])};
  std::counting_semaphore<> ended(0);
  AcceptGroup group;
  const auto listener = open_or_fail(loopback());
  for (int i = 0; i < 2; ++i) group.add(reactors[i], servers[i].handlers());
  std::thread threads[2] = {std::thread([&] { reactors[0].run(); }), std::thread([&] { reactors[1].run(); })};
  group.start(listener, {});
  std::vector<std::thread> clients;
  std::atomic<int> answered{0};
  for (int t = 0; t < 3; ++t) {
    clients.emplace_back([&] {
      for (int i = 0; i < kClients / 3; ++i) {
        Peer peer = Peer::connect(listener->endpoint());
        if (peer.send("hello") && peer.receive() == "hello") ++answered;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, kClients);
  group.stop(listener);
  for (int i = 0; i < 2; ++i) {
    reactors[i].post([&, i] {
      for (rt::Stream* stream : servers[i].open) stream->cancel_read();
      reactors[i].post([&, i] { reactors[i].stop(); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(run_until(reactors[i], [&] { return servers[i].scope.running() == 0; }));
  EXPECT_EQ(group.connections(), 0u);
}

// Descriptor exhaustion, in a child process with a lowered limit. It says when that is so, and
// serves until the other end of `until_closed` is closed.
[[noreturn]] void serve_with_few_descriptors(std::shared_ptr<Listener> listener, int until_closed,
                                             bool may_shed) {
  {
    Reactor reactor;
    Server server(reactor);
    AcceptGroup group;
    AcceptHandlers handlers = server.handlers();
    if (may_shed) handlers.on_pressure = [&] { return server.shed(); };
    group.add(reactor, std::move(handlers));
    group.start(listener, {});
    bool closed = false;
    reactor.watch(until_closed, EPOLLIN, [&](std::uint32_t) { closed = true; });
    {
      // UBSan needs descriptors to look at a type for the first time: each is seen once before they are
      // scarce.
      Peer first = Peer::connect(listener->endpoint());
      first.send("x");
      if (!run_until(reactor, [&] { return first.receive_now() == "x"; })) ::_exit(3);
    }
    if (!run_until(reactor, [&] { return server.scope.running() == 0; })) ::_exit(4);
    constexpr int kConnections = 4;
    const UniqueFd highest(::dup(0));
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = static_cast<rlim_t>(highest.get()) + kConnections;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (::write(until_closed, "r", 1) != 1) ::_exit(5);
    if (!run_until(reactor, [&] { return closed; })) ::_exit(1);
    group.stop(listener);
    (void)server.shed();
    if (!run_until(reactor, [&] { return server.scope.running() == 0; })) ::_exit(2);
    reactor.unwatch(until_closed);
  }
  ::_exit(0);
}

struct ScarceDescriptorsTest : ::testing::TestWithParam<bool> {
  Endpoint endpoint;
  Peer hold;  // the child serves until this is closed
  pid_t child = -1;

  void SetUp() override {
    const std::shared_ptr<Listener> listener = open_or_fail(loopback());
    endpoint = listener->endpoint();
    Pair pair = Pair::local();
    hold = std::move(pair.peer);
    child = ::fork();
    if (child == 0) {
      hold.close();
      serve_with_few_descriptors(listener, pair.ours.get(), GetParam());
    }
    pair.ours.reset();
    ASSERT_EQ(hold.receive(), "r");
  }
  void TearDown() override {
    hold.close();
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
};
INSTANTIATE_TEST_SUITE_P(, ScarceDescriptorsTest, ::testing::Values(false, true),
                         [](const auto& info) { return info.param ? "Shedding" : "TurningAway"; });

TEST_P(ScarceDescriptorsTest, NoClientIsLeftHanging) {
  constexpr int kClients = 12;
  std::vector<Peer> peers;
  int served = 0, turned_away = 0;
  for (int i = 0; i < kClients; ++i) {
    peers.push_back(Peer::connect(endpoint));
    peers.back().send("hello");
    const std::string answer = peers.back().receive();
    if (answer == "hello") ++served;
    if (answer.empty() || answer == kReset) ++turned_away;
  }
  EXPECT_EQ(served + turned_away, kClients);
  EXPECT_GE(served, 2);
  if (GetParam()) {
    EXPECT_EQ(turned_away, 0) << "idle ones made room for each";
  } else {
    EXPECT_GE(turned_away, 1);
  }
  // When the others leave, there is room again.
  peers.clear();
  Peer last;
  for (int i = 0; i < 50; ++i) {
    last = Peer::connect(endpoint);
    if (!last.open()) break;
    if (last.send("again") && last.receive() == "again") return;
  }
  ADD_FAILURE() << "accepting did not recover";
}

}  // namespace
}  // namespace reeve::net
