// SPDX-License-Identifier: Apache-2.0
// A simulated connection: two ways for bytes, each with its latency, rate and room, and what goes wrong on
// it. In order, like TCP: bytes arrive late, in pieces or never, an end arrives behind them, a reset
// overtakes what is still on its way. Made by Network; the streams at its ends are in stream.h.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "sim/world.h"

namespace reeve::sim {

class SimStream;

/// One way's nature. Drawn by Network.
struct WayTraits {
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  Duration latency = std::chrono::microseconds(50);
  std::uint64_t bytes_per_second = 100'000'000;
  std::size_t room = 64 * 1024;        ///< bytes on their way or unread; then a write waits
  std::size_t read_max = SIZE_MAX;     ///< a read gets at most so many,
  std::size_t write_max = SIZE_MAX;    ///< and a write takes at most so many at once,
  std::uint64_t short_until = kNever;  ///< within the first so many bytes
  std::uint64_t reset_after = kNever;  ///< bytes that arrive before both ends are reset
  std::uint64_t stall_after = kNever;  ///< bytes that are sent before one piece is held up for `stall`
  Duration stall{0};
  std::uint64_t swallow_after =
      kNever;  ///< bytes that are sent before the way carries nothing until it is healed
};

class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(World& world, std::uint64_t id, std::array<WayTraits, 2> traits, bool reset_discards);

  std::uint64_t id() const { return id_; }
  /// No more faults from now on; what was swallowed arrives.
  void heal();
  /// What is written at once arrives at once.
  bool whole() const {
    return ways_[0].traits.read_max == SIZE_MAX && ways_[0].traits.write_max == SIZE_MAX &&
           ways_[0].traits.room > 4096;
  }
  bool swallowing() const { return ways_[0].swallowed || ways_[1].swallowed; }

 private:
  friend class SimStream;
  struct Segment {
    std::string bytes;
    bool end = false;
  };
  struct Way {  // ways_[n] leads to end n
    WayTraits traits;
    std::deque<Segment> flying;
    std::size_t flying_bytes = 0;
    std::string arrived;
    std::size_t taken = 0;  // of arrived
    MonoTime last_arrival{};
    std::uint64_t sent = 0;
    std::uint64_t delivered = 0;
    std::size_t held = 0;  // segments at the back of `flying` that wait for heal()
    bool swallowed = false;
    bool stalled = false;
    bool ended = false;  // the end has arrived
    std::size_t read_max() const { return delivered > traits.short_until ? SIZE_MAX : traits.read_max; }
    std::size_t write_max() const { return sent > traits.short_until ? SIZE_MAX : traits.write_max; }
    std::size_t unread() const { return arrived.size() - taken; }
  };

  /// Takes what fits of `bytes` on its way to `end`; returns how many.
  std::size_t send(std::size_t end, std::string_view bytes);
  void send_end(std::size_t end);
  /// `end` closes: an end or a reset goes to the other.
  void close(std::size_t end, bool with_reset);
  void reset_later(std::size_t end);
  void reset(std::size_t end);
  void fly(std::size_t end, Segment segment);
  void land(std::size_t end);
  void notify(std::size_t end);

  World& world_;
  std::uint64_t id_;
  std::array<Way, 2> ways_;
  std::array<SimStream*, 2> ends_{};
  std::array<bool, 2> closed_{};
  std::array<bool, 2> broken_{};
  bool reset_discards_;
};

}  // namespace reeve::sim
