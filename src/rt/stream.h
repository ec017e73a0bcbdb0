// SPDX-License-Identifier: Apache-2.0
// A byte stream in both directions: the shape that sockets, TLS and the simulator share and that readiness
// (epoll) and completion (io_uring) both fit. At most one read and one write are in flight. The stream picks the
// buffer when data is there, owns what it writes until it is gone, and a waiter is resumed by the loop. Awaiters
// are plain objects: done inline if possible, no coroutine for an operation.
#pragma once

#include <array>
#include <coroutine>
#include <cstdint>

#include "base/peer_facts.h"
#include "rt/buffer.h"
#include "rt/cancellation.h"
#include "rt/deadline.h"
#include "rt/io_status.h"

namespace reeve::rt {

struct ReadOp {
  Buffer* into = nullptr;  ///< appended to at its tail; a new block is taken when it is empty
  Deadline deadline;
  IoStatus status = IoStatus::Ok;             ///< out; Ok = at least one byte was added
  void (*done)(ReadOp&) = nullptr;            ///< called when it completes after start_read() said false
};

/// What one write sends, in order. Consumed by it.
struct WriteList {
  static constexpr std::uint8_t kMax = 4;
  std::array<Buffer, kMax> buffers;
  std::uint8_t count = 0;

  WriteList() = default;
  explicit WriteList(Buffer only) { add(std::move(only)); }
  WriteList(Buffer first, Buffer second) {
    add(std::move(first));
    add(std::move(second));
  }
  void add(Buffer buffer) {
    if (!buffer.empty()) buffers[count++] = std::move(buffer);
  }
};

struct WriteOp {
  WriteList list;
  Deadline deadline;              ///< moves on with every byte that the peer takes: see `idle`
  Duration idle{0};               ///< if not zero, the deadline is now + idle after each partial progress
  IoStatus status = IoStatus::Ok;
  std::uint64_t written = 0;      ///< out: bytes handed to the kernel, also when it failed half-way
  void (*done)(WriteOp&) = nullptr;
};

class Stream : public Cancelable {
 public:
  /// Closes. No operation is in flight then.
  virtual ~Stream() = default;

  /// True: done inline, see op.status. False: op stays referenced until op.done is called.
  virtual bool start_read(ReadOp& op) = 0;
  virtual bool start_write(WriteOp& op) = 0;
  /// The operation in flight, if any, ends with Cancelled, through the loop. The stream stays usable.
  virtual void cancel_read() = 0;
  virtual void cancel_write() = 0;
  void cancel() final {
    cancel_read();
    cancel_write();
  }

  /// The peer reset the connection or ended its direction, as far as events told (data may still be unread).
  virtual bool peer_gone() const = 0;
  /// The peer broke the connection off: nothing that is written can arrive.
  virtual bool broken() const = 0;
  /// Nothing unread and not gone: fit to wait in a pool.
  virtual bool quiet() const = 0;
  /// From now on, `cancellation` is requested when the peer goes: on a broken connection at once; on an ended
  /// direction (FIN) unless `half_close` is allowed. Null ends it.
  virtual void when_gone(Cancellation* cancellation, bool half_close) = 0;
  /// Ends our direction (FIN, after close_notify).
  virtual void shutdown_write() = 0;
  /// Makes the destructor reset the connection (RST), so that a cut message cannot look complete.
  virtual void reset_on_close() = 0;
  /// What the TLS handshake agreed; null without TLS or before the handshake, which the first read performs.
  virtual const TlsFacts* tls() const { return nullptr; }

  class ReadAwaiter;
  class WriteAwaiter;
  /// `co_await stream.read(buffer, deadline)` → IoStatus; the bytes are appended to `into`.
  ReadAwaiter read(Buffer& into, Deadline deadline);
  /// `co_await stream.write(list, deadline)` → IoStatus; Ok = all bytes were taken by the kernel.
  WriteAwaiter write(WriteList list, Deadline deadline);
  /// The same, but the deadline is `idle` after the last byte that went.
  WriteAwaiter write(WriteList list, MonoTime now, Duration idle);
};

class [[nodiscard]] Stream::ReadAwaiter : ReadOp {
 public:
  ReadAwaiter(Stream& stream, Buffer& buffer, Deadline until) : stream_(stream) {
    into = &buffer;
    deadline = until;
    done = [](ReadOp& op) { static_cast<ReadAwaiter&>(op).waiting_.resume(); };
  }
  bool await_ready() { return stream_.start_read(*this); }
  void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
  IoStatus await_resume() const { return status; }

 private:
  Stream& stream_;
  std::coroutine_handle<> waiting_;
};

class [[nodiscard]] Stream::WriteAwaiter : WriteOp {
 public:
  WriteAwaiter(Stream& stream, WriteList&& what, Deadline until, Duration gap) : stream_(stream) {
    list = std::move(what);
    deadline = until;
    idle = gap;
    done = [](WriteOp& op) { static_cast<WriteAwaiter&>(op).waiting_.resume(); };
  }
  bool await_ready() { return stream_.start_write(*this); }
  void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
  IoStatus await_resume() const { return status; }
  /// After it was awaited by name: bytes handed to the kernel.
  std::uint64_t bytes_written() const { return written; }

 private:
  Stream& stream_;
  std::coroutine_handle<> waiting_;
};

inline Stream::ReadAwaiter Stream::read(Buffer& into, Deadline deadline) {
  return ReadAwaiter(*this, into, deadline);
}
inline Stream::WriteAwaiter Stream::write(WriteList list, Deadline deadline) {
  return WriteAwaiter(*this, std::move(list), deadline, Duration(0));
}
inline Stream::WriteAwaiter Stream::write(WriteList list, MonoTime now, Duration idle) {
  return WriteAwaiter(*this, std::move(list), Deadline::after(now, idle), idle);
}

}  // namespace reeve::rt
