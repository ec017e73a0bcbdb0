// SPDX-License-Identifier: Apache-2.0
#include "app/handover.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "app/takeover.h"

namespace reeve::app {

namespace {

// The other process has loaded its file already; it has to bind what is new and start its threads.
constexpr Duration kPatience = std::chrono::seconds(30);

/// Only this user and root may have the sockets; the file's mode says so too, but not on every system.
bool is_ours(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace

Handover::Handover(net::Reactor& reactor, Doors doors)
    : reactor_(reactor), doors_(std::move(doors)), word_(reactor.loop()) {}

Handover::~Handover() {
  close();
}

void Handover::open(const std::string& data_folder) {
  constexpr std::uint32_t kMode = 0600;
  const std::string path = upgrade_socket_path(data_folder);
  const auto endpoint = parse_endpoint("unix:" + path);
  auto opened = endpoint
                    ? net::Listener::open(*endpoint, kMode)
                    : net::Listener::Opened(std::unexpected(path + ": the path is too long for a socket"));
  if (!opened) {
    doors_.messages.say(policy::LogLevel::Warn, "no-upgrade",
                        opened.error() + "; 'reeve run --upgrade' cannot take over from this process");
    return;
  }
  listener_ = std::move(*opened);
  reactor_.watch(listener_->fd(), EPOLLIN, [this](std::uint32_t) { accept(); });
}

void Handover::close() {
  closed_ = true;
  word_.set();
  if (!listener_) return;
  reactor_.unwatch(listener_->fd());
  listener_.reset();
}

void Handover::accept() {
  net::UniqueFd connection(::accept4(listener_->fd(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection || busy_ || !is_ours(connection.get())) return;
  busy_ = true;
  tasks_.spawn(serve, std::ref(*this), std::move(connection));
}

rt::Task<> Handover::serve(std::reference_wrapper<Handover> reference, net::UniqueFd connection) {
  Handover& self = reference.get();
  co_await self.doors_.turns.begin();
  const bool taken = co_await self.pass(connection.get());
  self.doors_.turns.end();
  self.busy_ = false;
  if (!taken) co_return;
  // First the path: the other process opens its own as soon as it has our answer.
  self.close();
  self.doors_.taken_over();
  [[maybe_unused]] const auto told = send_word(connection.get(), kDraining);
}

rt::Task<bool> Handover::pass(int connection) {
  if (closed_) co_return false;
  constexpr timeval kWordTime{1, 0};  // a word comes in one piece
  ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &kWordTime, sizeof kWordTime);
  if (const auto sent = send_descriptors(connection, doors_.descriptors()); !sent) {
    doors_.messages.say(policy::LogLevel::Error, "upgrade-failed",
                        sent.error() + "; this process goes on serving");
    co_return false;
  }
  doors_.messages.say(policy::LogLevel::Info, "upgrade-begun",
                      "another process is getting ready to take over");
  word_.reset();
  reactor_.watch(connection, EPOLLIN, [this](std::uint32_t) { word_.set(); });
  const rt::IoStatus status = co_await word_.wait(rt::Deadline::after(reactor_.loop().now(), kPatience));
  reactor_.unwatch(connection);
  const bool ready = !closed_ && status == rt::IoStatus::Ok && expect_word(connection, kReady).has_value();
  if (!ready)
    doors_.messages.say(
        policy::LogLevel::Error, "upgrade-failed",
        "the other process has not become ready; this one goes on serving. Its messages tell why");
  co_return ready;
}

}  // namespace reeve::app
