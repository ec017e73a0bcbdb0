// SPDX-License-Identifier: Apache-2.0
#include "sim/stream.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace reeve::sim {

namespace {

constexpr std::size_t kRoomMin = 1024;  // as net::SocketStream
constexpr Duration kRoomAgain = std::chrono::microseconds(20);

void require(bool condition, const char* text) {
  if (condition) return;
  std::fprintf(stderr, "SimStream: %s\n", text);
  std::abort();
}

}  // namespace

SimStream::SimStream(Reactor& reactor, std::shared_ptr<Link> link, std::size_t end, std::uint64_t& open)
    : reactor_(reactor),
      link_(std::move(link)),
      end_(end),
      open_(open),
      id_(reactor.attach(*this)),
      read_timer_(*this, [](rt::Timer& timer) { static_cast<DeadlineTimer&>(timer).stream.read_deadline(); }),
      write_timer_(*this,
                   [](rt::Timer& timer) { static_cast<DeadlineTimer&>(timer).stream.write_deadline(); }) {
  link_->ends_[end_] = this;
  ++open_;
}

SimStream::~SimStream() {
  require(read_op_ == nullptr && write_op_ == nullptr, "destroyed under an operation");
  reactor_.detach(id_);
  --open_;
  // Closing with bytes unread resets, as the kernel does.
  const bool with_reset = reset_on_close_ || in().unread() != 0;
  if (!with_reset && !shut_ && !reset()) link_->send_end(1 - end_);
  tell_ended(reset_on_close_ || reset() ? Observer::End::Reset : Observer::End::InOrder);
  link_->close(end_, with_reset);
}

void SimStream::tell_ended(Observer::End how) {
  if (observer_ == nullptr || std::exchange(told_ended_, true)) return;
  observer_->ended(how);
}

bool SimStream::start_read(rt::ReadOp& op) {
  require(read_op_ == nullptr, "a second read");
  if (receive(op)) return true;
  read_op_ = &op;
  if (op.deadline.at != MonoTime::max()) reactor_.loop().timers().arm(read_timer_, op.deadline.at);
  return false;
}

bool SimStream::start_write(rt::WriteOp& op) {
  require(write_op_ == nullptr, "a second write");
  if (transmit(op)) return true;
  write_op_ = &op;
  if (op.deadline.at != MonoTime::max()) reactor_.loop().timers().arm(write_timer_, op.deadline.at);
  return false;
}

// True: op has its result. False: nothing is there yet.
bool SimStream::receive(rt::ReadOp& op) {
  Link::Way& way = in();
  if (way.unread() == 0) {
    saw_bytes_ = false;
    if (!way.ended && !reset()) return false;
    op.status = way.ended ? rt::IoStatus::Eof : rt::IoStatus::Reset;
    saw_end_ = saw_end_ || way.ended;
    saw_reset_ = reset();
    tell_gone();
    return true;
  }
  rt::Buffer& into = *op.into;
  into.make_room(into.empty() ? rt::Buffer::kStandard : kRoomMin);
  const std::size_t n = std::min({way.unread(), way.read_max(), into.tail_room()});
  into.append(std::string_view(way.arrived).substr(way.taken, n));
  way.taken += n;
  if (way.taken == way.arrived.size()) {
    way.arrived.clear();
    way.taken = 0;
    saw_bytes_ = false;
  }
  reactor_.world().trace(end_ == 0 ? "reeve reads" : "  peer reads", link_->id(), n);
  if (observer_ != nullptr) observer_->took(n);
  // A peer that waits to write hears of the room that this made.
  const SimStream* peer = link_->ends_[1 - end_];
  if (peer != nullptr && peer->write_op_ != nullptr)
    reactor_.world().after(way.traits.latency, [link = link_, end = 1 - end_] { link->notify(end); });
  op.status = rt::IoStatus::Ok;
  return true;
}

// True: op has its result. False: the rest waits for room.
bool SimStream::transmit(rt::WriteOp& op) {
  if (reset() || (shut_ && op.list.count != 0)) {
    op.status = rt::IoStatus::Reset;
    saw_reset_ = reset();
    tell_gone();
    return true;
  }
  const std::uint64_t before = op.written;
  std::uint8_t done = 0;
  for (; done < op.list.count; ++done) {
    rt::Buffer& buffer = op.list.buffers[done];
    const std::size_t n = link_->send(1 - end_, buffer.view());
    if (n != 0) reactor_.world().trace(end_ == 0 ? "reeve writes" : "  peer writes", link_->id(), n);
    if (n != 0 && observer_ != nullptr) observer_->wrote(buffer.view().substr(0, n));
    op.written += n;
    buffer.remove_prefix(n);
    if (!buffer.empty()) break;
    buffer.clear();
  }
  std::move(op.list.buffers.begin() + done, op.list.buffers.begin() + op.list.count, op.list.buffers.begin());
  op.list.count = static_cast<std::uint8_t>(op.list.count - done);
  op.status = rt::IoStatus::Ok;
  if (op.list.count == 0) return true;
  if (op.written != before) {
    if (op.idle != Duration(0)) op.deadline = rt::Deadline::after(reactor_.loop().now(), op.idle);
    reactor_.world().after(kRoomAgain, [link = link_, end = end_] { link->notify(end); });
  }
  return false;
}

void SimStream::on_event() {
  saw_end_ = in().ended;
  saw_reset_ = reset();
  saw_bytes_ = in().unread() != 0;
  tell_gone();
  Reactor& reactor = reactor_;
  const std::uint64_t self = id_;
  if (write_op_ != nullptr && !write_cancelled_) {
    if (transmit(*write_op_)) {
      finish_write();
      if (!reactor.attached(self)) return;
    } else if (write_op_->deadline.at != MonoTime::max()) {
      reactor.loop().timers().arm(write_timer_, write_op_->deadline.at);
    }
  }
  if (read_op_ != nullptr && !read_cancelled_ && receive(*read_op_)) finish_read();
}

void SimStream::on_deferred() {
  Reactor& reactor = reactor_;
  const std::uint64_t self = id_;
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

void SimStream::finish_read() {
  read_timer_.disarm();
  read_cancelled_ = false;
  rt::ReadOp* op = std::exchange(read_op_, nullptr);
  op->done(*op);
}

void SimStream::finish_write() {
  write_timer_.disarm();
  write_cancelled_ = false;
  rt::WriteOp* op = std::exchange(write_op_, nullptr);
  op->done(*op);
}

void SimStream::cancel_read() {
  if (read_op_ == nullptr || read_cancelled_) return;
  read_cancelled_ = true;
  reactor_.defer(id_);
}

void SimStream::cancel_write() {
  if (write_op_ == nullptr || write_cancelled_) return;
  write_cancelled_ = true;
  reactor_.defer(id_);
}

// Bytes may be there although their event has not been brought yet: one last try, as with real sockets.
void SimStream::read_deadline() {
  if (read_op_ == nullptr || read_cancelled_) return;
  if (!receive(*read_op_)) read_op_->status = rt::IoStatus::TimedOut;
  finish_read();
}

void SimStream::write_deadline() {
  if (write_op_ == nullptr || write_cancelled_) return;
  const std::uint64_t before = write_op_->written;
  const bool ended = transmit(*write_op_);
  if (!ended && write_op_->idle != Duration(0) && write_op_->written != before) {
    reactor_.loop().timers().arm(write_timer_, write_op_->deadline.at);
    return;
  }
  if (!ended) write_op_->status = rt::IoStatus::TimedOut;
  finish_write();
}

void SimStream::when_gone(rt::Cancellation* cancellation, bool half_close) {
  gone_ = cancellation;
  half_close_ = half_close;
  tell_gone();
}

void SimStream::tell_gone() {
  if (gone_ == nullptr) return;
  if (saw_reset_ || (saw_end_ && !half_close_)) std::exchange(gone_, nullptr)->request();
}

void SimStream::shutdown_write() {
  if (std::exchange(shut_, true)) return;
  reactor_.world().trace("half-close", link_->id(), end_);
  if (!reset()) link_->send_end(1 - end_);
  tell_ended(Observer::End::InOrder);
}

}  // namespace reeve::sim
