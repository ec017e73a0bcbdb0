// SPDX-License-Identifier: Apache-2.0
// All simulated connections: makes them with what the swarm draws for each, knows who listens where, and
// heals them when faults end. Belongs to the simulation; its streams may outlive nothing of it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "sim/stream.h"
#include "sim/swarm.h"

namespace reeve::sim {

class Network {
 public:
  /// `outside` is the reactor of clients and servers.
  Network(World& world, Reactor& outside, const Swarm& swarm);

  struct Pair {
    std::unique_ptr<SimStream> inner;  ///< Reeve's end
    std::unique_ptr<SimStream> outer;
  };
  Pair connect(Reactor& inner);

  /// `accept` is given the far end of each connection to that endpoint, on the outside reactor.
  using Accept = std::function<void(std::unique_ptr<SimStream>)>;
  void listen(const std::string& endpoint, Accept accept) { listeners_[endpoint] = std::move(accept); }
  /// A connection to it, or null when nobody listens there. `link` tells which it is.
  std::unique_ptr<SimStream> dial(Reactor& inner, const std::string& endpoint);

  void heal();
  /// Streams of Reeve's that exist.
  std::uint64_t open() const { return open_inner_; }

 private:
  WayTraits draw_way();

  World& world_;
  Reactor& outside_;
  const Swarm& swarm_;
  Prng prng_;
  std::map<std::string, Accept> listeners_;
  std::vector<std::weak_ptr<Link>> links_;
  std::uint64_t open_inner_ = 0;
  std::uint64_t open_outer_ = 0;
};

}  // namespace reeve::sim
