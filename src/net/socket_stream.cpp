// SPDX-License-Identifier: Apache-2.0
// Readiness is remembered, not asked for: after a short read or write the kernel will tell (edge-triggered),
// so no call is spent on EAGAIN. Once the peer has ended its direction no further edge is promised, and
// reading goes on until the kernel says so itself.
#include "net/socket_stream.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "base/bug.h"

namespace reeve::net {

namespace {

constexpr std::size_t kRoomMin = 1024;  // less room at the tail is not worth a read
constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

// Drops n sent bytes from the front of the list.
void consume(rt::WriteList& list, std::size_t n) {
  std::uint8_t done = 0;
  while (done < list.count && n >= list.buffers[done].size()) {
    n -= list.buffers[done].size();
    list.buffers[done].clear();
    ++done;
  }
  if (done != 0) {
    std::move(list.buffers.begin() + done, list.buffers.begin() + list.count, list.buffers.begin());
    list.count = static_cast<std::uint8_t>(list.count - done);
  }
  if (n != 0) list.buffers[0].remove_prefix(n);
}

ssize_t send_list(int fd, const rt::WriteList& list) {
  if (list.count == 1) return ::send(fd, list.buffers[0].data(), list.buffers[0].size(), MSG_NOSIGNAL);
  std::array<iovec, rt::WriteList::kMax> pieces;
  for (std::uint8_t i = 0; i < list.count; ++i)
    pieces[i] = {const_cast<char*>(list.buffers[i].data()), list.buffers[i].size()};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = list.count;
  return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

SocketStream::SocketStream(Reactor& reactor, UniqueFd socket, State state)
    : ReadTimer([](rt::Timer& timer) {
        static_cast<SocketStream&>(static_cast<ReadTimer&>(timer)).read_deadline();
      }),
      WriteTimer([](rt::Timer& timer) {
        static_cast<SocketStream&>(static_cast<WriteTimer&>(timer)).write_deadline();
      }),
      reactor_(reactor),
      fd_(std::move(socket)),
      writable_(state == State::Connected),
      connecting_(state == State::Connecting) {}

std::unique_ptr<SocketStream> SocketStream::make(Reactor& reactor, UniqueFd socket, State state,
                                                 CloseObserver* observer) {
  std::unique_ptr<SocketStream> stream(new SocketStream(reactor, std::move(socket), state));
  stream->registration_ = reactor.attach(stream->fd_.get(), kEvents, *stream);
  if (!stream->registration_) return nullptr;
  stream->observer_ = observer;
  return stream;
}

SocketStream::~SocketStream() {
  if (read_op_ != nullptr || write_op_ != nullptr) RV_BUG("a stream was destroyed under an operation");
  reactor_.detach(registration_);
  fd_.reset();
  if (observer_ != nullptr) observer_->stream_closed();
}

bool SocketStream::start_read(rt::ReadOp& op) {
  if (readable_ && receive(op)) return true;
  read_op_ = &op;
  if (op.deadline.at != MonoTime::max())
    reactor_.loop().timers().arm(static_cast<ReadTimer&>(*this), op.deadline.at);
  return false;
}

bool SocketStream::start_write(rt::WriteOp& op) {
  if ((writable_ || (op.list.count == 0 && !connecting_)) && transmit(op)) return true;
  write_op_ = &op;
  if (op.deadline.at != MonoTime::max())
    reactor_.loop().timers().arm(static_cast<WriteTimer&>(*this), op.deadline.at);
  return false;
}

// True: op has its result. False: nothing is there yet.
bool SocketStream::receive(rt::ReadOp& op) {
  rt::Buffer& into = *op.into;
  const bool had_block = into.data() != nullptr;
  into.make_room(into.empty() ? rt::Buffer::kStandard : kRoomMin);  // does nothing where there is room
  const std::size_t room = into.tail_room();
  ssize_t got;
  do {
    got = ::recv(fd_.get(), into.tail(), room, 0);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    into.grew(static_cast<std::size_t>(got));
    if (static_cast<std::size_t>(got) < room && !ended_ && !broken_) readable_ = false;
    op.status = rt::IoStatus::Ok;
    return true;
  }
  const int error = errno;
  if (!had_block) into.clear();
  if (got == 0) {
    op.status = reset_ ? rt::IoStatus::Reset : rt::IoStatus::Eof;
    ended_ = true;
    tell_gone();
    return true;
  }
  if (error == EAGAIN) {
    readable_ = false;
    return false;
  }
  op.status = failed(error);
  return true;
}

// True: op has its result. False: the rest waits for room.
bool SocketStream::transmit(rt::WriteOp& op) {
  while (op.list.count != 0) {
    const ssize_t sent = send_list(fd_.get(), op.list);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {
        writable_ = false;
        return false;
      }
      op.status = failed(errno);
      return true;
    }
    op.written += static_cast<std::uint64_t>(sent);
    consume(op.list, static_cast<std::size_t>(sent));
    if (op.list.count != 0) {
      writable_ = false;
      if (op.idle != Duration(0)) op.deadline = rt::Deadline::after(reactor_.loop().now(), op.idle);
      return false;
    }
  }
  op.status = rt::IoStatus::Ok;
  return true;
}

rt::IoStatus SocketStream::failed(int error) {
  broken_ = true;
  // EPIPE follows an orderly end that was received before, anything else cut the peer's direction too.
  if (error != EPIPE) reset_ = true;
  readable_ = writable_ = true;
  tell_gone();
  switch (error) {
    case EPIPE:
    case ECONNRESET:
    case ECONNABORTED:
    case ETIMEDOUT:  // the peer's kernel no longer answers
    case EHOSTUNREACH:
    case ENETUNREACH:
      return rt::IoStatus::Reset;
    default:
      return rt::IoStatus::Failed;
  }
}

void SocketStream::on_events(std::uint32_t events) {
  const bool over = (events & (EPOLLHUP | EPOLLERR)) != 0;
  if (over || (events & (EPOLLIN | EPOLLRDHUP)) != 0) readable_ = true;
  if (over || (events & EPOLLOUT) != 0) {
    writable_ = true;
    connecting_ = false;
  }
  if ((events & EPOLLRDHUP) != 0) ended_ = true;
  // When both directions have ended in order the kernel says HUP too.
  if ((events & EPOLLERR) != 0 || ((events & EPOLLHUP) != 0 && !shut_)) broken_ = true;
  tell_gone();

  Reactor& reactor = reactor_;
  const Registration self = registration_;
  if (write_op_ != nullptr && writable_ && !write_cancelled_) {
    if (transmit(*write_op_)) {
      finish_write();
      if (!reactor.attached(self)) return;
    } else if (write_op_->deadline.at != MonoTime::max()) {
      reactor.loop().timers().arm(static_cast<WriteTimer&>(*this), write_op_->deadline.at);
    }
  }
  if (read_op_ != nullptr && readable_ && !read_cancelled_ && receive(*read_op_)) finish_read();
}

void SocketStream::finish_read() {
  ReadTimer::disarm();
  read_cancelled_ = false;
  rt::ReadOp* op = std::exchange(read_op_, nullptr);
  op->done(*op);
}

void SocketStream::finish_write() {
  WriteTimer::disarm();
  write_cancelled_ = false;
  rt::WriteOp* op = std::exchange(write_op_, nullptr);
  op->done(*op);
}

void SocketStream::cancel_read() {
  if (read_op_ == nullptr || read_cancelled_) return;
  read_cancelled_ = true;
  reactor_.defer(registration_);
}

void SocketStream::cancel_write() {
  if (write_op_ == nullptr || write_cancelled_) return;
  write_cancelled_ = true;
  reactor_.defer(registration_);
}

void SocketStream::on_deferred() {
  Reactor& reactor = reactor_;
  const Registration self = registration_;
  if (write_op_ != nullptr && write_cancelled_) {
    write_op_->status = rt::IoStatus::Cancelled;
    finish_write();
    if (!reactor.attached(self)) return;
  }
  if (read_op_ != nullptr && read_cancelled_) {
    read_op_->status = rt::IoStatus::Cancelled;
    finish_read();
  }
}

// After a stall the bytes may be there although their event has not been dispatched yet: one last try.
void SocketStream::read_deadline() {
  if (read_op_ == nullptr || read_cancelled_) return;
  if (!receive(*read_op_)) read_op_->status = rt::IoStatus::TimedOut;
  finish_read();
}

void SocketStream::write_deadline() {
  if (write_op_ == nullptr || write_cancelled_) return;
  const std::uint64_t before = write_op_->written;
  const bool ended = !connecting_ && transmit(*write_op_);
  if (!ended && write_op_->idle != Duration(0) && write_op_->written != before) {
    reactor_.loop().timers().arm(static_cast<WriteTimer&>(*this), write_op_->deadline.at);
    return;
  }
  if (!ended) write_op_->status = rt::IoStatus::TimedOut;
  finish_write();
}

bool SocketStream::quiet() const {
  if (ended_ || broken_) return false;
  if (!readable_) return true;
  // The last read filled its room exactly, or an event told of bytes already taken: ask.
  char byte;
  if (::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN) return false;
  readable_ = false;
  return true;
}

void SocketStream::when_gone(rt::Cancellation* cancellation, bool half_close) {
  gone_ = cancellation;
  half_close_ = half_close;
  tell_gone();
}

void SocketStream::tell_gone() {
  if (gone_ == nullptr) return;
  if (broken_ || (ended_ && !half_close_)) std::exchange(gone_, nullptr)->request();
}

void SocketStream::shutdown_write() {
  if (shut_) return;
  shut_ = true;
  ::shutdown(fd_.get(), SHUT_WR);
}

void SocketStream::reset_on_close() {
  const linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

int SocketStream::connect_error() const {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

}  // namespace reeve::net
