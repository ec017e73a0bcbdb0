// SPDX-License-Identifier: Apache-2.0
// Two rt::Streams connected in memory, for tests of everything above a socket: what one writes the other
// reads. A test decides how bytes arrive: in pieces, late, never; it ends or resets the connection, or makes
// the Nth operation fail. Both ends live on one rt::Loop and keep all promises of rt::Stream: an operation
// that is not done at once completes through the loop, deadlines and cancellation work, a second operation in
// the same direction aborts the test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "rt/loop.h"
#include "rt/stream.h"

namespace reeve::test {

class MemoryStream;

/// How bytes travel towards a stream. May be changed at any time by MemoryStream::incoming().
struct MemoryLink {
  std::size_t chunk = SIZE_MAX;       ///< a read gets at most so many
  std::size_t capacity = 256 * 1024;  ///< so many may be on their way; a write waits when they are
  bool stalled = false;               ///< nothing arrives, neither bytes nor an end
  bool deferred = false;              ///< no operation on these bytes is done inline
};

struct MemoryPair {
  std::unique_ptr<MemoryStream> a;
  std::unique_ptr<MemoryStream> b;
};
/// The loop outlives both. One end may be destroyed before the other, which then sees an end, or a reset if
/// bytes were still unread (as kernels do).
MemoryPair make_memory_pair(rt::Loop& loop);

class MemoryStream final : public rt::Stream {
 public:
  ~MemoryStream() override;

  // --- what a test does with it ---

  /// The way towards this stream. After a change that lets something arrive (stalled = false) call arrived().
  MemoryLink& incoming();
  void arrived();
  /// Bytes written by the other end and not read yet.
  std::size_t unread() const;
  /// Changes the byte at that offset of unread(): a fault on the way.
  void damage(std::size_t offset);
  /// Both ends are reset, as by RST. Nothing unread arrives.
  void reset();
  /// start_read() and start_write() count from 1; the operation of that number does nothing and ends, inline,
  /// with that status. Reset and Failed break the connection as well. 0 = none.
  void fail_operation(std::uint64_t number, rt::IoStatus status);
  std::uint64_t operations() const { return operations_; }
  bool reading() const { return read_op_ != nullptr; }
  bool writing() const { return write_op_ != nullptr; }

  // --- rt::Stream ---

  bool start_read(rt::ReadOp& op) override;
  bool start_write(rt::WriteOp& op) override;
  void cancel_read() override;
  void cancel_write() override;
  bool peer_gone() const override;
  bool broken() const override;
  bool quiet() const override;
  void when_gone(rt::Cancellation* cancellation, bool half_close) override;
  void shutdown_write() override;
  void reset_on_close() override { reset_on_close_ = true; }

 private:
  friend MemoryPair make_memory_pair(rt::Loop&);
  struct Way;
  struct Wires;
  struct DeadlineTimer;

  MemoryStream(std::shared_ptr<Wires> wires, int end);
  Way& in() const;
  Way& out() const;
  MemoryStream* peer() const;
  bool fails(rt::IoStatus& status);
  bool try_read(rt::ReadOp& op);
  bool try_write(rt::WriteOp& op);
  void settle_later();
  void settle();
  void finish_read(rt::IoStatus status);
  void finish_write(rt::IoStatus status);
  void tell_gone();

  std::shared_ptr<Wires> wires_;
  int end_;
  rt::ReadOp* read_op_ = nullptr;
  rt::WriteOp* write_op_ = nullptr;
  std::unique_ptr<DeadlineTimer> read_timer_;
  std::unique_ptr<DeadlineTimer> write_timer_;
  rt::Cancellation* gone_ = nullptr;
  bool half_close_ = false;
  bool read_cancelled_ = false;
  bool write_cancelled_ = false;
  bool reset_on_close_ = false;
  std::uint64_t operations_ = 0;
  std::uint64_t fail_at_ = 0;
  rt::IoStatus fail_with_ = rt::IoStatus::Ok;
};

}  // namespace reeve::test
