// SPDX-License-Identifier: Apache-2.0
// Checks the limits of a run from what is seen of it: when requests of a caller began under which clock, how
// they were answered, when they were over. Two estimates of each counter, from below and from above: nobody
// may be admitted beyond the lower one, nobody refused who had room even by the upper one — so what was
// refused has used nothing up, and counters have outlived every reload.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/access.h"

namespace reeve::sim {

/// The limits of a guard, all per caller.
enum class LimitName : std::uint8_t { Steady, Moving, Parallel, Hourly };

class LimitCheck {
 public:
  /// How a request came out, as far as counters are concerned.
  enum class Came : std::uint8_t {
    Before,    ///< refused before counters were taken, or not known: it has none
    Limited,   ///< refused by a counter
    Returned,  ///< admitted, and perhaps given back
    Kept,      ///< admitted, and what it took stays taken
  };
  /// A broken promise: `more` = too many were admitted.
  using Broken = std::function<void(bool more, std::string text)>;

  /// From now on these numbers hold.
  void bound(const LimitNumbers& numbers, MonoTime now);
  /// A request is being judged, by a reactor whose clock says that. Returns its number here.
  std::size_t begins(Guard guard, Holding holding, MonoTime mono, WallTime wall);
  void ended(std::size_t number, Came how, Code code);
  /// At the end of a run.
  void close(const Broken& broken) const;

 private:
  struct Event {
    Guard guard;
    Holding holding;
    MonoTime mono;
    WallTime wall;
    std::size_t binding;
    std::uint64_t begun;
    std::uint64_t over = UINT64_MAX;
    Came came = Came::Before;
    Code code{};
  };
  struct Binding {
    LimitNumbers numbers;
    MonoTime at;
  };

  using Events = std::vector<const Event*>;
  void check_rate(const Events& events, LimitName name, const Broken& broken) const;
  void check_parallel(const Events& events, const Broken& broken) const;
  void check_hourly(const Events& events, const Broken& broken) const;

  std::vector<Binding> bindings_;
  std::vector<Event> events_;
  std::uint64_t sequence_ = 0;
};

/// Whether a limit applies behind a guard.
bool applies(LimitName name, Guard guard);

}  // namespace reeve::sim
