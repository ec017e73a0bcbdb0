// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_stream.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "tests/support/test_loop.h"

namespace reeve::test {

// Bytes on their way to one end.
struct MemoryStream::Way {
  std::string bytes;
  bool ended = false;  // the writer's direction is shut down
  MemoryLink link;
};

struct MemoryStream::Wires {
  explicit Wires(rt::Loop& l) : loop(l) {}
  rt::Loop& loop;
  std::array<Way, 2> ways;  // ways[n] leads to end n
  std::array<MemoryStream*, 2> ends{};
  bool reset = false;
};

struct MemoryStream::DeadlineTimer : rt::Timer {
  DeadlineTimer(MemoryStream& s, bool reads)
      : rt::Timer([](rt::Timer& timer) {
          auto& self = static_cast<DeadlineTimer&>(timer);
          MemoryStream& owner = self.stream;  // what is resumed may destroy it, and this timer with it
          if (self.read) {
            if (owner.read_op_ != nullptr) owner.finish_read(rt::IoStatus::TimedOut);
          } else if (owner.write_op_ != nullptr) {
            owner.finish_write(rt::IoStatus::TimedOut);
          }
        }),
        stream(s),
        read(reads) {}
  MemoryStream& stream;
  bool read;
};

MemoryPair make_memory_pair(rt::Loop& loop) {
  auto wires = std::make_shared<MemoryStream::Wires>(loop);
  MemoryPair pair;
  pair.a.reset(new MemoryStream(wires, 0));
  pair.b.reset(new MemoryStream(wires, 1));
  return pair;
}

MemoryStream::MemoryStream(std::shared_ptr<Wires> wires, int end)
    : wires_(std::move(wires)),
      end_(end),
      read_timer_(std::make_unique<DeadlineTimer>(*this, true)),
      write_timer_(std::make_unique<DeadlineTimer>(*this, false)) {
  wires_->ends[static_cast<std::size_t>(end_)] = this;
}

MemoryStream::~MemoryStream() {
  if (read_op_ != nullptr || write_op_ != nullptr) {
    std::fputs("MemoryStream: destroyed under an operation\n", stderr);
    std::abort();
  }
  wires_->ends[static_cast<std::size_t>(end_)] = nullptr;
  // Closing with bytes unread resets, as the kernel does.
  if (reset_on_close_ || !in().bytes.empty()) wires_->reset = true;
  out().ended = true;
  if (MemoryStream* other = peer()) {
    other->tell_gone();
    other->settle_later();
  }
}

MemoryStream::Way& MemoryStream::in() const {
  return wires_->ways[static_cast<std::size_t>(end_)];
}
MemoryStream::Way& MemoryStream::out() const {
  return wires_->ways[static_cast<std::size_t>(1 - end_)];
}
MemoryStream* MemoryStream::peer() const {
  return wires_->ends[static_cast<std::size_t>(1 - end_)];
}

MemoryLink& MemoryStream::incoming() {
  return in().link;
}

void MemoryStream::arrived() {
  tell_gone();
  settle_later();
}

std::size_t MemoryStream::unread() const {
  return in().bytes.size();
}

void MemoryStream::damage(std::size_t offset) {
  char& byte = in().bytes.at(offset);
  byte = static_cast<char>(byte ^ 0x20);
}

void MemoryStream::reset() {
  wires_->reset = true;
  for (MemoryStream* end : wires_->ends) {
    if (end == nullptr) continue;
    end->tell_gone();
    end->settle_later();
  }
}

void MemoryStream::fail_operation(std::uint64_t number, rt::IoStatus status) {
  fail_at_ = number;
  fail_with_ = status;
}

bool MemoryStream::fails(rt::IoStatus& status) {
  if (++operations_ != fail_at_) return false;
  status = fail_with_;
  if (status == rt::IoStatus::Reset || status == rt::IoStatus::Failed) reset();
  return true;
}

bool MemoryStream::start_read(rt::ReadOp& op) {
  if (read_op_ != nullptr) {
    std::fputs("MemoryStream: a second read\n", stderr);
    std::abort();
  }
  if (fails(op.status)) return true;
  if (!in().link.deferred && try_read(op)) return true;
  read_op_ = &op;
  if (op.deadline.at != MonoTime::max()) wires_->loop.timers().arm(*read_timer_, op.deadline.at);
  if (in().link.deferred) settle_later();
  return false;
}

bool MemoryStream::start_write(rt::WriteOp& op) {
  if (write_op_ != nullptr) {
    std::fputs("MemoryStream: a second write\n", stderr);
    std::abort();
  }
  if (fails(op.status)) return true;
  if (!out().link.deferred && try_write(op)) return true;
  write_op_ = &op;
  if (op.deadline.at != MonoTime::max()) wires_->loop.timers().arm(*write_timer_, op.deadline.at);
  if (out().link.deferred) settle_later();
  return false;
}

// True: the operation has its result.
bool MemoryStream::try_read(rt::ReadOp& op) {
  Way& way = in();
  if (wires_->reset) {
    op.status = rt::IoStatus::Reset;
    return true;
  }
  if (way.link.stalled) return false;
  if (way.bytes.empty()) {
    op.status = rt::IoStatus::Eof;
    return way.ended;
  }
  if (op.into->tail_room() == 0) op.into->make_room(rt::Buffer::kStandard);
  const std::size_t n = std::min({way.bytes.size(), way.link.chunk, op.into->tail_room()});
  op.into->append(std::string_view(way.bytes).substr(0, n));
  way.bytes.erase(0, n);
  op.status = rt::IoStatus::Ok;
  if (MemoryStream* other = peer()) other->settle_later();
  return true;
}

bool MemoryStream::try_write(rt::WriteOp& op) {
  Way& way = out();
  if (wires_->reset || (peer() == nullptr && op.list.count != 0)) {
    op.status = rt::IoStatus::Reset;
    return true;
  }
  rt::WriteList rest;
  std::size_t taken = 0;
  for (std::uint8_t i = 0; i < op.list.count; ++i) {
    rt::Buffer& buffer = op.list.buffers[i];
    const std::size_t room = way.link.capacity - std::min(way.link.capacity, way.bytes.size());
    const std::size_t n = std::min(room, buffer.size());
    way.bytes.append(buffer.view().substr(0, n));
    buffer.remove_prefix(n);
    taken += n;
    rest.add(std::move(buffer));
  }
  op.written += taken;
  op.list = std::move(rest);
  if (taken != 0) {
    if (op.idle != Duration(0)) {
      op.deadline = rt::Deadline::after(wires_->loop.now(), op.idle);
      if (write_op_ != nullptr) wires_->loop.timers().arm(*write_timer_, op.deadline.at);
    }
    if (MemoryStream* other = peer()) other->settle_later();
  }
  op.status = rt::IoStatus::Ok;
  return op.list.count == 0;
}

void MemoryStream::settle_later() {
  if (read_op_ == nullptr && write_op_ == nullptr) return;
  defer(wires_->loop, [wires = wires_, end = end_] {
    if (MemoryStream* self = wires->ends[static_cast<std::size_t>(end)]) self->settle();
  });
}

void MemoryStream::settle() {
  const std::shared_ptr<Wires> wires = wires_;  // a waiter may destroy this stream
  const auto end = static_cast<std::size_t>(end_);
  if (write_op_ != nullptr) {
    if (write_cancelled_)
      finish_write(rt::IoStatus::Cancelled);
    else if (try_write(*write_op_))
      finish_write(write_op_->status);
    if (wires->ends[end] == nullptr) return;
  }
  if (read_op_ == nullptr) return;
  if (read_cancelled_)
    finish_read(rt::IoStatus::Cancelled);
  else if (try_read(*read_op_))
    finish_read(read_op_->status);
}

void MemoryStream::finish_read(rt::IoStatus status) {
  read_timer_->disarm();
  read_cancelled_ = false;
  rt::ReadOp* op = std::exchange(read_op_, nullptr);
  op->status = status;
  op->done(*op);
}

void MemoryStream::finish_write(rt::IoStatus status) {
  write_timer_->disarm();
  write_cancelled_ = false;
  rt::WriteOp* op = std::exchange(write_op_, nullptr);
  op->status = status;
  op->done(*op);
}

void MemoryStream::cancel_read() {
  if (read_op_ == nullptr) return;
  read_cancelled_ = true;
  settle_later();
}

void MemoryStream::cancel_write() {
  if (write_op_ == nullptr) return;
  write_cancelled_ = true;
  settle_later();
}

bool MemoryStream::peer_gone() const {
  return broken() || (in().ended && !in().link.stalled);
}
bool MemoryStream::broken() const {
  return wires_->reset;
}
bool MemoryStream::quiet() const {
  return !peer_gone() && (in().bytes.empty() || in().link.stalled);
}

void MemoryStream::when_gone(rt::Cancellation* cancellation, bool half_close) {
  gone_ = cancellation;
  half_close_ = half_close;
  tell_gone();
}

void MemoryStream::tell_gone() {
  if (gone_ == nullptr) return;
  if (broken() || (peer_gone() && !half_close_)) std::exchange(gone_, nullptr)->request();
}

void MemoryStream::shutdown_write() {
  out().ended = true;
  if (MemoryStream* other = peer()) {
    other->tell_gone();
    other->settle_later();
  }
}

}  // namespace reeve::test
