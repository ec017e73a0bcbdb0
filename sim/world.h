// SPDX-License-Identifier: Apache-2.0
// Virtual time from one seed: a clock that only events move, a queue of events ordered by (time, sequence), a
// hash over everything that happened. Everything simulated is driven from here, in one OS thread; when
// nothing is ready, time jumps to the next event. Knows neither networks nor HTTP.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/prng.h"
#include "rt/loop.h"

namespace reeve::sim {

class World {
 public:
  using Callback = std::move_only_function<void()>;

  explicit World(std::uint64_t seed, bool verbose = false);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  MonoTime now() const { return clock_.mono; }
  const rt::Clock& clock() const { return clock_; }

  /// Calls it at that time, after everything that was put there before.
  void at(MonoTime when, Callback what);
  void after(Duration span, Callback what) { at(now() + span, std::move(what)); }

  /// One event. False: none is left.
  bool step();
  /// Until `done()`; false when time has passed `limit` or nothing is left.
  bool run_until(const std::function<bool()>& done, MonoTime limit);

  /// A generator of its own for each part, so that one part's draws do not move another's.
  Prng fork() { return Prng(seeds_.next()); }

  /// Notes what happens, for the hash and for people. `what` is static text.
  void trace(const char* what, std::uint64_t a = 0, std::uint64_t b = 0);
  std::uint64_t hash() const { return hash_; }
  std::uint64_t events() const { return sequence_; }
  /// The last things that happened, a line each.
  std::string last_events() const;

 private:
  struct Event {
    MonoTime when;
    std::uint64_t sequence;
    std::size_t place;  // of its callback: heaps move their elements a lot
  };
  struct Noted {
    MonoTime when;
    const char* what = nullptr;
    std::uint64_t a = 0;
    std::uint64_t b = 0;
  };
  static bool later(const Event& a, const Event& b);
  std::string line(const Noted& noted) const;

  static constexpr std::size_t kRemembered = 64;

  rt::Clock clock_;
  MonoTime start_;
  Prng seeds_;
  bool verbose_;
  std::vector<Event> queue_;  // a heap
  std::vector<Callback> callbacks_;
  std::vector<std::size_t> free_places_;
  std::uint64_t sequence_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325u;
  std::array<Noted, kRemembered> noted_;
  std::uint64_t noted_count_ = 0;
};

/// Uniform between the two, both included.
inline std::uint64_t between(Prng& prng, std::uint64_t low, std::uint64_t high) {
  return low + prng.below(high - low + 1);
}
inline Duration between(Prng& prng, Duration low, Duration high) {
  return low + Duration(static_cast<std::int64_t>(
                   prng.below(static_cast<std::uint64_t>((high - low).count()) + 1)));
}

}  // namespace reeve::sim
