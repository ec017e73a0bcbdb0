// SPDX-License-Identifier: Apache-2.0
#include "net/dialer.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "net/socket_address.h"
#include "net/socket_stream.h"
#include "net/tls_client.h"
#include "rt/wait.h"

namespace reeve::net {

namespace {

rt::IoStatus status_of(int error) {
  switch (error) {
    case 0:
      return rt::IoStatus::Ok;
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOENT:  // a Unix socket that is not there
    case ENOTSOCK:
      return rt::IoStatus::Refused;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EAFNOSUPPORT:
    case EACCES:
    case EPERM:
      return rt::IoStatus::Unreachable;
    case ETIMEDOUT:
      return rt::IoStatus::TimedOut;
    case EADDRNOTAVAIL:  // every port towards that target is taken
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case ENOSPC:
      return rt::IoStatus::NoDescriptors;
    default:
      return rt::IoStatus::Failed;
  }
}

// A connect to a free local port may be given that very port as its own and so meet itself.
bool met_itself(int socket, const SocketAddress& target) {
  constexpr std::uint16_t kEphemeralMin = 1024;
  const Endpoint endpoint = target.endpoint();
  const auto* ip = std::get_if<IpEndpoint>(&endpoint);
  return ip != nullptr && ip->port >= kEphemeralMin && local_endpoint(socket) == endpoint;
}

struct Begun {
  UniqueFd socket;
  int error = 0;  // 0 = connected, EINPROGRESS = under way, EAGAIN = a Unix listener's queue is full
};

Begun begin_connect(const SocketAddress& target) {
  Begun begun;
  begun.socket = UniqueFd(::socket(target.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!begun.socket) return {UniqueFd(), errno};
  if (target.family() != AF_UNIX) {
    const int on = 1;
    ::setsockopt(begun.socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (::connect(begun.socket.get(), &target.any, target.size) != 0) begun.error = errno;
  if (begun.error == EINTR) begun.error = EINPROGRESS;
  return begun;
}

using Connected = rt::IoResult<std::unique_ptr<rt::Stream>>;

rt::Task<Connected> finish_connect(Reactor& reactor, Begun begun, SocketAddress target, rt::Deadline deadline,
                                   rt::Cancellation* cancellation) {
  const bool waiting = begun.error == EINPROGRESS;
  auto stream =
      SocketStream::make(reactor, std::move(begun.socket),
                         waiting ? SocketStream::State::Connecting : SocketStream::State::Connected);
  if (!stream) co_return std::unexpected(rt::IoStatus::NoDescriptors);
  if (waiting) {
    std::optional<rt::Cancellation::Attached> attached;
    if (cancellation != nullptr) attached.emplace(*cancellation, *stream);
    const rt::IoStatus status = co_await stream->write(rt::WriteList(), deadline);
    if (status != rt::IoStatus::Ok) co_return std::unexpected(status);
    if (const int error = stream->connect_error(); error != 0) co_return std::unexpected(status_of(error));
  }
  if (met_itself(stream->fd(), target)) {
    stream->reset_on_close();
    co_return std::unexpected(rt::IoStatus::Refused);
  }
  co_return stream;
}

rt::Task<Connected> connect(Reactor& reactor, SocketAddress target, rt::Deadline deadline,
                            rt::Cancellation* cancellation) {
  constexpr Duration kFirstPause = std::chrono::milliseconds(1);
  constexpr Duration kLongestPause = std::chrono::milliseconds(50);
  rt::Loop& loop = reactor.loop();
  for (Duration pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    if (cancellation != nullptr && cancellation->requested())
      co_return std::unexpected(rt::IoStatus::Cancelled);
    Begun begun = begin_connect(target);
    if (begun.error == 0 || begun.error == EINPROGRESS)
      co_return co_await finish_connect(reactor, std::move(begun), target, deadline, cancellation);
    if (begun.error != EAGAIN || target.family() != AF_UNIX)
      co_return std::unexpected(status_of(begun.error));
    // The kernel tells nobody when a Unix listener has room again.
    begun.socket.reset();
    if (deadline.passed(loop.now())) co_return std::unexpected(rt::IoStatus::TimedOut);
    rt::Event room(loop);
    std::optional<rt::Cancellation::Attached> attached;
    if (cancellation != nullptr) attached.emplace(*cancellation, room);
    const rt::IoStatus status =
        co_await room.wait(rt::Deadline::earlier(deadline, rt::Deadline::after(loop.now(), pause)));
    if (status == rt::IoStatus::Cancelled) co_return std::unexpected(status);
  }
}

}  // namespace

std::shared_ptr<rt::TlsClientContext> Dialer::tls_context(const rt::TlsClientSettings& settings) {
  return make_tls_client_context(settings);
}

rt::Task<Connected> Dialer::dial(Target target, rt::Deadline deadline, rt::Cancellation* cancellation) {
  Connected plain = co_await connect(reactor_, SocketAddress(target.endpoint), deadline, cancellation);
  if (!plain || target.tls == nullptr) co_return plain;
  co_return co_await tls_connect(reactor_.loop(), offload_, std::move(*plain), *target.tls,
                                 std::move(target.server_name), deadline, cancellation);
}

}  // namespace reeve::net
