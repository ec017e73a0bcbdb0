// SPDX-License-Identifier: Apache-2.0
#include "sim/reeve_side.h"

#include "sim/configuration.h"

namespace reeve::sim {

ReeveSide::ReeveSide(const Parts& parts)
    : reactor_(parts.world, {std::chrono::microseconds(30), parts.swarm.hiccups, parts.swarm.hiccup_max}),
      dialer_(reactor_, parts.network, parts.swarm, parts.tap),
      planted_dialer_(dialer_, parts.garden),
      resolver_(reactor_, parts.swarm),
      random_(parts.world),
      log_(parts.ledger),
      planted_log_(log_, parts.garden),
      client_(std::make_unique<upstream::Client>(reactor_.loop(), planted_dialer_, resolver_, parts.shared)),
      gateway_(std::make_unique<proxy::Gateway>(reactor_.loop(), *client_, parts.limits, shard_, planted_log_,
                                                random_, crypto::IdSealer(crypto::IdKey{}, 1, parts.number),
                                                "sim")),
      planted_handler_(std::make_unique<PlantedHandler>(*gateway_, parts.garden)),
      handler_(
          std::make_unique<ObservedHandler>(*planted_handler_, parts.ledger, parts.find_client, generation_)),
      connections_(std::make_unique<server::Connections>(reactor_.loop(), *handler_, server::Settings{})) {
  planted_dialer_.redial([this, &network = parts.network, tap = parts.tap](const Endpoint& to) {
    std::unique_ptr<SimStream> stream = network.dial(reactor_, to_string(to));
    if (stream) stream->observe(tap(stream->link().id(), to_string(to)));
    return stream;
  });
}

void ReeveSide::publish(std::shared_ptr<const policy::Snapshot> snapshot,
                        std::shared_ptr<const limits::Binding> limits, std::uint64_t generation) {
  reactor_.world().trace("publish", generation);
  connections_->settings(settings_of(*snapshot));
  gateway_->publish(std::move(snapshot), std::move(limits), {});
  generation_ = generation;
}

void ReeveSide::accept(std::unique_ptr<rt::Stream> stream, std::uint64_t connection) {
  PeerFacts peer;
  peer.address = address_of(connection);
  peer.port = 40'000;
  peer.local_port = 80;
  reactor_.world().trace("accept", connection);
  connections_->accept(std::move(stream), peer);
}

void ReeveSide::stop() {
  scope_.spawn(stop_client, std::ref(*this));
}

bool ReeveSide::take_down() {
  connections_.reset();
  handler_.reset();
  planted_handler_.reset();
  gateway_.reset();
  client_.reset();
  return reactor_.loop().timers().next().has_value();
}

rt::Task<> ReeveSide::stop_client(ReeveSide& self) {
  co_await self.client_->stop();
  self.stopped_ = true;
}

}  // namespace reeve::sim
