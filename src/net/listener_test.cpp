// SPDX-License-Identifier: Apache-2.0
// Opening, adopting, handing over and closing listening sockets.
#include "net/listener.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>

#include "net/socket_test_support.h"

namespace reeve::net {
namespace {

using namespace test;
using ::testing::HasSubstr;

std::uint16_t port_of(const Listener& listener) {
  return std::get<IpEndpoint>(listener.endpoint()).port;
}

TEST(Listener, KnowsThePortThatItWasGiven) {
  const auto listener = Listener::open(loopback());
  ASSERT_TRUE(listener) << listener.error();
  EXPECT_NE(port_of(**listener), 0);
  EXPECT_TRUE(Peer::connect((*listener)->endpoint()).open()) << "clients queue from open() on";
}

TEST(Listener, RefusesClientsOnceItIsClosed) {
  auto listener = Listener::open(loopback());
  ASSERT_TRUE(listener);
  const Endpoint endpoint = (*listener)->endpoint();
  listener->reset();
  EXPECT_FALSE(Peer::connect(endpoint).open());
}

TEST(Listener, TellsWhichAddressIsTaken) {
  const auto first = Listener::open(loopback());
  ASSERT_TRUE(first);
  const auto second = Listener::open((*first)->endpoint());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr(to_string((*first)->endpoint()) + ": cannot bind: Address already"));
}

TEST(Listener, BothFamiliesCanShareAPort) {
  const auto v6 = Listener::open(*parse_endpoint("[::1]:0"));
  if (!v6) GTEST_SKIP() << "no IPv6 here: " << v6.error();
  EXPECT_TRUE(Peer::connect((*v6)->endpoint()).open());
  // The port that IPv6 gives may be taken in IPv4 by somebody else: not every time.
  bool shared = false;
  for (int i = 0; i < 20 && !shared; ++i) {
    const auto any6 = Listener::open(*parse_endpoint("[::]:0"));
    ASSERT_TRUE(any6) << any6.error();
    shared = Listener::open(IpEndpoint{IpAddress(), port_of(**any6)}).has_value();
  }
  EXPECT_TRUE(shared);
}

struct UnixListenerTest : ::testing::Test {
  TempFolder folder;
  std::string path = folder / "socket";
  Endpoint endpoint = UnixEndpoint{path};
  bool exists() const { return std::filesystem::exists(path); }
};

TEST_F(UnixListenerTest, HasTheModeAndGoesWithItsListener) {
  auto listener = Listener::open(endpoint, 0600);
  ASSERT_TRUE(listener) << listener.error();
  struct stat file;
  ASSERT_EQ(::stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  EXPECT_TRUE(Peer::connect(endpoint).open());
  listener->reset();
  EXPECT_FALSE(exists());
}

TEST_F(UnixListenerTest, ReplacesASocketThatNobodyListensOn) {
  {
    const UniqueFd crashed(::socket(AF_UNIX, SOCK_STREAM, 0));
    const SocketAddress address(endpoint);
    ASSERT_EQ(::bind(crashed.get(), &address.any, address.size), 0);
  }
  ASSERT_TRUE(exists());
  const auto listener = Listener::open(endpoint);
  ASSERT_TRUE(listener) << listener.error();
  EXPECT_TRUE(Peer::connect(endpoint).open());
}

TEST_F(UnixListenerTest, LeavesASocketInUseAlone) {
  const auto first = Listener::open(endpoint);
  ASSERT_TRUE(first);
  const auto second = Listener::open(endpoint);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("Address already in use"));
  EXPECT_TRUE(Peer::connect(endpoint).open());
}

TEST_F(UnixListenerTest, LeavesOtherFilesAlone) {
  std::ofstream(path) << "precious";
  const auto listener = Listener::open(endpoint);
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error(), HasSubstr("File exists"));
  EXPECT_TRUE(exists());
}

TEST_F(UnixListenerTest, DoesNotRemoveWhatAnotherHasPutInItsPlace) {
  auto first = Listener::open(endpoint);
  ASSERT_TRUE(first);
  std::filesystem::remove(path);
  const auto second = Listener::open(endpoint);
  ASSERT_TRUE(second) << second.error();
  first->reset();
  EXPECT_TRUE(exists());
}

TEST_F(UnixListenerTest, APathMovesToWhoTakesOver) {
  auto old = Listener::open(endpoint);
  ASSERT_TRUE(old);
  auto taken = Listener::adopt((*old)->duplicate(), endpoint, Listener::PathOwner::Reeve);
  ASSERT_TRUE(taken) << taken.error();
  (*old)->handed_over();
  old->reset();
  EXPECT_TRUE(Peer::connect(endpoint).open());
  taken->reset();
  EXPECT_FALSE(exists());
}

TEST_F(UnixListenerTest, APathOfSystemdStays) {
  auto old = Listener::open(endpoint);
  ASSERT_TRUE(old);
  auto taken = Listener::adopt((*old)->duplicate(), endpoint, Listener::PathOwner::Other);
  ASSERT_TRUE(taken);
  (*old)->handed_over();
  old->reset();
  taken->reset();
  EXPECT_TRUE(exists());
}

TEST(Adopting, NeedsASocketThatListensOnTheWantedAddress) {
  const auto open = Listener::open(loopback());
  ASSERT_TRUE(open);
  const Endpoint endpoint = (*open)->endpoint();
  const auto adopt = [](UniqueFd socket, const Endpoint& wanted) {
    return Listener::adopt(std::move(socket), wanted, Listener::PathOwner::Reeve);
  };
  const auto same = adopt((*open)->duplicate(), endpoint);
  ASSERT_TRUE(same) << same.error();
  EXPECT_EQ((*same)->endpoint(), endpoint);
  const auto any_port = adopt((*open)->duplicate(), loopback());
  ASSERT_TRUE(any_port) << "port 0 keeps its port over an upgrade";
  EXPECT_EQ((*any_port)->endpoint(), endpoint);
  EXPECT_FALSE(adopt((*open)->duplicate(), IpEndpoint{IpAddress(), port_of(**open)}));
  EXPECT_FALSE(adopt((*open)->duplicate(), *parse_endpoint("unix:/nowhere")));
  EXPECT_FALSE(adopt(UniqueFd(::socket(AF_INET, SOCK_STREAM, 0)), loopback())) << "does not listen";
  EXPECT_FALSE(adopt(UniqueFd(::open("/dev/null", O_RDONLY)), loopback()));
  EXPECT_FALSE(adopt(UniqueFd(), loopback()));
}

TEST(Adopting, ASocketForBothFamiliesServesTheIpv4Wildcard) {
  const UniqueFd socket(::socket(AF_INET6, SOCK_STREAM, 0));
  if (!socket) GTEST_SKIP() << "no IPv6 here";
  const SocketAddress any(*parse_endpoint("[::]:0"));
  const int off = 0;
  ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  ASSERT_EQ(::bind(socket.get(), &any.any, any.size), 0);
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  EXPECT_TRUE(Listener::listens_on(socket.get(), IpEndpoint{IpAddress(), 0}));
  EXPECT_FALSE(Listener::listens_on(socket.get(), loopback()));
}

// In a child process, whose descriptor 3 and variables are its own.
int adopt_as_systemd_would(const Listener& given) {
  if (::dup2(given.fd(), 3) != 3) return 1;
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", "1", 1);
  std::vector<UniqueFd> sockets = sockets_from_systemd();
  if (sockets.size() != 1 || std::getenv("LISTEN_FDS") != nullptr) return 2;
  if (take_matching(sockets, loopback(1))) return 3;
  UniqueFd taken = take_matching(sockets, given.endpoint());
  if (!taken || !sockets.empty()) return 4;
  if (!Listener::adopt(std::move(taken), given.endpoint(), Listener::PathOwner::Other)) return 5;
  ::setenv("LISTEN_PID", "1", 1);
  ::setenv("LISTEN_FDS", "1", 1);
  return sockets_from_systemd().empty() ? 0 : 6;
}

TEST(Adopting, TakesTheSocketsOfSystemdOnce) {
  const auto listener = Listener::open(loopback());
  ASSERT_TRUE(listener);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(adopt_as_systemd_would(**listener));
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "step " << WEXITSTATUS(status);
}

}  // namespace
}  // namespace reeve::net
