// SPDX-License-Identifier: Apache-2.0
// Against OpenSSL's own programs over real sockets: s_client asks us, we ask s_server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "net/dialer.h"
#include "net/socket_test_support.h"
#include "net/tls_test_support.h"

namespace reeve::net {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// A shell command whose output is collected by the reactor.
class Command {
 public:
  Command(Reactor& reactor, const std::string& line) : reactor_(reactor), pipe_(::popen(line.c_str(), "re")) {
    ::fcntl(fd(), F_SETFL, O_NONBLOCK);
    reactor_.watch(fd(), EPOLLIN, [this](std::uint32_t) { take(); });
  }
  ~Command() {
    reactor_.unwatch(fd());
    ::pclose(pipe_);
  }
  const std::string& output() const { return output_; }
  bool ended() const { return ended_; }

 private:
  int fd() const { return ::fileno(pipe_); }
  void take() {
    std::array<char, 4096> bytes;
    const ssize_t got = ::read(fd(), bytes.data(), bytes.size());
    if (got > 0) output_.append(bytes.data(), static_cast<std::size_t>(got));
    if (got != 0) return;
    ended_ = true;
    reactor_.modify(fd(), 0);
  }
  Reactor& reactor_;
  FILE* pipe_;
  std::string output_;
  bool ended_ = false;
};

class TlsInterop : public testing::Test {
 protected:
  TlsInterop()
      : folder_(std::filesystem::temp_directory_path() / ("reeve-tls-" + std::to_string(::getpid()))) {
    std::filesystem::create_directory(folder_);
    std::ofstream(file("ca.pem")) << authority().ca_pem();
    std::ofstream(file("cert.pem")) << server_identity().cert_pem;
    std::ofstream(file("key.pem")) << server_identity().key_pem;
  }
  ~TlsInterop() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name) const { return folder_ / name; }

  Reactor reactor;

 private:
  std::filesystem::path folder_;
};

UniqueFd listen_somewhere(std::uint16_t& port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const SocketAddress address(Endpoint(IpEndpoint{*IpAddress::parse("127.0.0.1"), 0}));
  EXPECT_EQ(::bind(socket.get(), &address.any, address.size), 0);
  EXPECT_EQ(::listen(socket.get(), 8), 0);
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  port = ntohs(bound.sin_port);
  return socket;
}

Task<> answer_one(rt::Stream& stream, std::reference_wrapper<std::string> asked) {
  if (co_await read_bytes(stream, asked, 6) != IoStatus::Ok) co_return;
  if (co_await write_text(stream, "answer " + pattern(3) + std::string(100'000, 'z') + "\nend of answer\n") !=
      IoStatus::Ok)
    co_return;
  stream.shutdown_write();
  std::string rest;
  (void)co_await read_to_end(stream, rest);
}

TEST_F(TlsInterop, SClientAsksUs) {
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    std::uint16_t port = 0;
    const UniqueFd listening = listen_somewhere(port);
    Command client(reactor,
                   "(echo hello; sleep 3) | timeout 8 openssl s_client " + version +
                       " -connect 127.0.0.1:" + std::to_string(port) + " -CAfile " + file("ca.pem") +
                       " -servername a.test -verify_hostname a.test -verify_return_error -alpn h2,http/1.1"
                       " -quiet 2>&1");
    UniqueFd accepted;
    ASSERT_TRUE(net::test::run_until(reactor, [&] {
      accepted = UniqueFd(::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      return static_cast<bool>(accepted);
    }));
    auto stream = tls_accept(reactor.loop(),
                             SocketStream::make(reactor, std::move(accepted), SocketStream::State::Connected),
                             server_context());
    std::string asked;
    rt::Scope scope;
    scope.spawn(answer_one, std::ref(*stream), std::ref(asked));
    EXPECT_TRUE(net::test::run_until(reactor, [&] { return scope.running() == 0; }));
    EXPECT_EQ(asked, "hello\n");
    EXPECT_EQ(stream->tls()->alpn, "http/1.1");
    EXPECT_EQ(stream->tls()->version, version == "-tls1_3" ? "TLSv1.3" : "TLSv1.2");
    stream.reset();
    EXPECT_TRUE(net::test::run_until(reactor, [&] { return client.ended(); }));
    EXPECT_THAT(client.output(), HasSubstr("end of answer")) << client.output().substr(0, 500);
  }
}

TEST_F(TlsInterop, WeAskSServer) {
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    Command server(reactor, "timeout 8 openssl s_server " + version +
                                " -accept 127.0.0.1:0 -naccept 2 -rev -cert " + file("cert.pem") + " -key " +
                                file("key.pem") + " 2>&1");
    ASSERT_TRUE(net::test::run_until(reactor, [&] {
      return server.output().find("ACCEPT ") != std::string::npos && server.output().ends_with('\n');
    })) << server.output();
    const std::string told = server.output().substr(server.output().find("ACCEPT ") + 7);
    const auto endpoint = parse_endpoint(std::string_view(told).substr(0, told.find('\n')));
    ASSERT_TRUE(endpoint) << told;

    InlineOffload offload;
    Dialer dialer(reactor, offload);
    const auto context = dialer.tls_context(client_settings());
    for (const bool again : {false, true}) {
      std::optional<Connected> connected;
      rt::Scope scope;
      scope.spawn(keep_result<Connected>,
                  dialer.dial({*endpoint, context.get(), "a.test"}, Deadline::after(reactor.loop().now(), 5s),
                              nullptr),
                  std::ref(connected));
      ASSERT_TRUE(net::test::run_until(reactor, [&] { return connected.has_value(); }));
      ASSERT_TRUE(*connected) << context->last_failure();
      rt::Stream& stream = ***connected;
      EXPECT_EQ(stream.tls()->resumed, again);
      std::string got;
      std::optional<IoStatus> written, read;
      scope.spawn(keep_result<IoStatus>, write_text(stream, "olleh\n"), std::ref(written));
      scope.spawn(keep_result<IoStatus>, read_bytes(stream, got, 6), std::ref(read));
      ASSERT_TRUE(net::test::run_until(reactor, [&] { return scope.running() == 0; }));
      EXPECT_EQ(got, "hello\n");
    }
  }
}

}  // namespace
}  // namespace reeve::net
