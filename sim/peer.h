// SPDX-License-Identifier: Apache-2.0
// What simulated clients and servers share: a stream with an independent reader on it, writing in pieces with
// pauses. Lives in the frame of the script that uses it, on the outside reactor.
#pragma once

#include <memory>
#include <string>

#include "sim/reactor.h"
#include "sim/stream.h"
#include "sim/wire.h"

namespace reeve::sim {

/// How something is written: so many bytes at a time, with a pause in between.
struct Drip {
  std::size_t piece = SIZE_MAX;
  Duration pause{0};
};

class Peer {
 public:
  /// Longer than anything that Reeve may make somebody wait.
  static constexpr Duration kPatience = std::chrono::minutes(20);

  Peer(Reactor& reactor, std::unique_ptr<SimStream> stream, WireReader::Role role)
      : reactor_(reactor), stream_(std::move(stream)), reader_(role) {}

  /// Drips are slow, but a large body does not take hours.
  static constexpr std::size_t kPausesMax = 100;

  enum class Got : std::uint8_t { Event, Ended, Reset, TimedOut };
  /// The next event of the reader, or why there is none. A broken message is an event.
  rt::Task<Got> next(rt::Deadline deadline);
  WireReader::Event event() const { return event_; }
  WireReader& reader() { return reader_; }

  rt::Task<bool> send(std::string bytes, Drip drip = {});
  /// Ends a send() that goes on beside the reading.
  void stop_sending() {
    sending_ = false;
    stream_->cancel_write();
  }
  /// Reads and forgets whatever comes until the other side ends it or the time has passed.
  rt::Task<> swallow(Duration at_most);

  SimStream& stream() { return *stream_; }
  Reactor& reactor() { return reactor_; }
  rt::Deadline within(Duration span) { return rt::Deadline::after(reactor_.loop().now(), span); }
  /// Reads slowly from now on.
  void read_pause(Duration span) { read_pause_ = span; }
  std::uint64_t received() const { return received_; }

 private:
  Reactor& reactor_;
  std::unique_ptr<SimStream> stream_;
  WireReader reader_;
  WireReader::Event event_ = WireReader::Event::More;
  std::string in_;
  std::size_t taken_ = 0;
  std::uint64_t received_ = 0;
  Duration read_pause_{0};
  std::size_t paused_ = 0;
  bool sending_ = true;
};

}  // namespace reeve::sim
