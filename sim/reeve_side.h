// SPDX-License-Identifier: Apache-2.0
// One reactor of the simulated gateway: everything that app's wiring makes for a real one, over the
// simulator's doors, with the checkers' observers in between.
#pragma once

#include <memory>

#include "proxy/gateway.h"
#include "rt/scope.h"
#include "server/connections.h"
#include "sim/doors.h"
#include "sim/observed.h"
#include "sim/plants.h"
#include "upstream/client.h"
#include "upstream/shared.h"

namespace reeve::sim {

class ReeveSide {
 public:
  struct Parts {
    World& world;
    Network& network;
    const Swarm& swarm;
    Ledger& ledger;
    Garden& garden;
    std::shared_ptr<upstream::Shared> shared;
    limits::Table& limits;
    std::uint16_t number;
    SimDialer::Tap tap;
    UpstreamSide::FindClient find_client;
  };
  explicit ReeveSide(const Parts& parts);

  Reactor& reactor() { return reactor_; }
  std::size_t open() const { return connections_->open(); }
  bool stopped() const { return stopped_; }

  // --- in a turn of the reactor ---
  void publish(std::shared_ptr<const policy::Snapshot> snapshot,
               std::shared_ptr<const limits::Binding> limits, std::uint64_t generation);
  void accept(std::unique_ptr<rt::Stream> stream, std::uint64_t connection);
  void close_idle(std::size_t count) { connections_->close_idle(count); }
  /// The running configuration has been changed under everybody's feet (a planted bug).
  void keep_generation(std::uint64_t generation) { generation_ = generation; }
  void drain() { connections_->drain(); }
  /// Behind the last connection: the client's pools and queries.
  void stop();
  /// When stopped, nothing running: everything but the loop goes. True: a timer is left.
  bool take_down();

 private:
  static rt::Task<> stop_client(ReeveSide& self);

  Reactor reactor_;
  std::uint64_t generation_ = 0;
  SimDialer dialer_;
  PlantedDialer planted_dialer_;
  SimResolver resolver_;
  SimRandom random_;
  telemetry::Shard shard_;
  ObservedLog log_;
  PlantedLog planted_log_;
  // In pieces, so that take_down() can see what their ends leave behind.
  std::unique_ptr<upstream::Client> client_;
  std::unique_ptr<proxy::Gateway> gateway_;
  std::unique_ptr<PlantedHandler> planted_handler_;
  std::unique_ptr<ObservedHandler> handler_;
  std::unique_ptr<server::Connections> connections_;
  rt::Scope scope_;
  bool stopped_ = false;
};

}  // namespace reeve::sim
