// SPDX-License-Identifier: Apache-2.0
// One end of a simulated connection, with every promise of rt/stream.h: an operation is done inline or
// completes through its reactor; deadlines, cancelling, half-close and resets are those of net::SocketStream.
// An Observer sees what its owner writes and reads, before the network does anything to it: checkers listen
// there.
#pragma once

#include <memory>

#include "rt/stream.h"
#include "rt/timer_wheel.h"
#include "sim/link.h"
#include "sim/reactor.h"

namespace reeve::sim {

/// Told of what the owner of one stream does. Outlives the stream.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void wrote(std::string_view bytes) = 0;
  virtual void took(std::size_t bytes) = 0;
  enum class End : std::uint8_t { InOrder, Reset };
  /// The owner has ended its direction. Once; nothing is written behind it.
  virtual void ended(End how) = 0;
};

class SimStream final : public rt::Stream, private EventHandler {
 public:
  /// `open` counts streams that exist.
  SimStream(Reactor& reactor, std::shared_ptr<Link> link, std::size_t end, std::uint64_t& open);
  ~SimStream() override;

  void observe(std::shared_ptr<Observer> observer) { observer_ = std::move(observer); }
  Link& link() { return *link_; }

  bool start_read(rt::ReadOp& op) override;
  bool start_write(rt::WriteOp& op) override;
  void cancel_read() override;
  void cancel_write() override;
  bool peer_gone() const override { return saw_end_ || saw_reset_; }
  bool broken() const override { return saw_reset_; }
  bool quiet() const override { return !peer_gone() && !saw_bytes_; }
  void when_gone(rt::Cancellation* cancellation, bool half_close) override;
  void shutdown_write() override;
  void reset_on_close() override { reset_on_close_ = true; }

 private:
  friend class Link;
  struct DeadlineTimer : rt::Timer {
    DeadlineTimer(SimStream& its_stream, Fire fire) : Timer(fire), stream(its_stream) {}
    SimStream& stream;
  };

  Link::Way& in() const { return link_->ways_[end_]; }
  Link::Way& out() const { return link_->ways_[1 - end_]; }
  bool reset() const { return link_->broken_[end_]; }
  void notified() { reactor_.notify(id_); }
  void on_event() override;
  void on_deferred() override;
  bool receive(rt::ReadOp& op);
  bool transmit(rt::WriteOp& op);
  void read_deadline();
  void write_deadline();
  void finish_read();
  void finish_write();
  void tell_gone();
  void tell_ended(Observer::End how);

  Reactor& reactor_;
  std::shared_ptr<Link> link_;
  std::size_t end_;
  std::uint64_t& open_;
  std::uint64_t id_;
  std::shared_ptr<Observer> observer_;
  rt::ReadOp* read_op_ = nullptr;
  rt::WriteOp* write_op_ = nullptr;
  rt::Cancellation* gone_ = nullptr;
  DeadlineTimer read_timer_;
  DeadlineTimer write_timer_;
  // As far as events told: what has happened since is not known, as with a socket.
  bool saw_end_ = false;
  bool saw_reset_ = false;
  bool saw_bytes_ = false;
  bool half_close_ = false;
  bool read_cancelled_ = false;
  bool write_cancelled_ = false;
  bool shut_ = false;
  bool told_ended_ = false;
  bool reset_on_close_ = false;
};

}  // namespace reeve::sim
