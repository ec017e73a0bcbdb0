// SPDX-License-Identifier: Apache-2.0
// rt::Stream over a connected non-blocking socket, TCP or Unix: the bottom of every connection, to clients
// and to upstreams. Lives on one reactor, which may be another than the thread that accepted it. Registered
// once, edge-triggered; tries at once and waits only when the kernel has nothing or no room. Keeps no buffer.
#pragma once

#include <cstdint>
#include <memory>

#include "net/event_handler.h"
#include "net/reactor.h"
#include "net/unique_fd.h"
#include "rt/stream.h"
#include "rt/timer_wheel.h"

namespace reeve::net {

/// Told on the stream's thread that an accepted connection has ended.
class CloseObserver {
 public:
  virtual void stream_closed() = 0;

 protected:
  ~CloseObserver() = default;
};

// Two timers as bases, so that a timer finds its stream without a pointer.
struct ReadTimer : rt::Timer {
  using Timer::Timer;
};
struct WriteTimer : rt::Timer {
  using Timer::Timer;
};

class SocketStream final : public rt::Stream, private EventHandler, private ReadTimer, private WriteTimer {
 public:
  /// Connecting: connect() said EINPROGRESS; writing nothing waits for its end, connect_error() tells it.
  enum class State : std::uint8_t { Connected, Connecting };
  /// `socket` is non-blocking. Null if the reactor could not register it (the socket is closed then).
  static std::unique_ptr<SocketStream> make(Reactor& reactor, UniqueFd socket, State state,
                                            CloseObserver* observer = nullptr);
  ~SocketStream() override;

  bool start_read(rt::ReadOp& op) override;
  bool start_write(rt::WriteOp& op) override;
  void cancel_read() override;
  void cancel_write() override;
  bool peer_gone() const override { return ended_ || broken_; }
  bool broken() const override { return broken_; }
  bool quiet() const override;
  void when_gone(rt::Cancellation* cancellation, bool half_close) override;
  void shutdown_write() override;
  /// A Unix peer sees a plain end: those sockets know no reset.
  void reset_on_close() override;

  /// errno of the connect; 0 = connected.
  int connect_error() const;
  int fd() const { return fd_.get(); }

 private:
  SocketStream(Reactor& reactor, UniqueFd socket, State state);
  void on_events(std::uint32_t events) override;
  void on_deferred() override;
  void read_deadline();
  void write_deadline();
  bool receive(rt::ReadOp& op);
  bool transmit(rt::WriteOp& op);
  rt::IoStatus failed(int error);
  void finish_read();
  void finish_write();
  void tell_gone();

  Reactor& reactor_;
  rt::ReadOp* read_op_ = nullptr;
  rt::WriteOp* write_op_ = nullptr;
  rt::Cancellation* gone_ = nullptr;
  CloseObserver* observer_ = nullptr;
  Registration registration_;
  UniqueFd fd_;
  mutable bool readable_ : 1 = false;  // trying to read may give something
  bool writable_ : 1 = false;
  bool connecting_ : 1 = false;
  bool ended_ : 1 = false;   // the peer's direction has ended
  bool broken_ : 1 = false;  // nothing can be written any more
  bool reset_ : 1 = false;   // by a reset: an end that follows is not an orderly one
  bool shut_ : 1 = false;    // our direction has ended
  bool half_close_ : 1 = false;
  bool read_cancelled_ : 1 = false;
  bool write_cancelled_ : 1 = false;
};

}  // namespace reeve::net
