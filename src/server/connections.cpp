// SPDX-License-Identifier: Apache-2.0
#include "server/connections.h"

#include "server/connection.h"

namespace reeve::server {

namespace {

// How long a draining server waits for the first request of a connection that it has accepted.
constexpr Duration kGrace = std::chrono::seconds(1);

rt::Task<> serve_connection(Connections& owner, std::unique_ptr<rt::Stream> stream, PeerFacts peer) {
  Connection connection(owner, std::move(stream), peer);
  co_await connection.serve();
}

}  // namespace

Connections::Connections(rt::Loop& loop, Handler& handler, Settings settings)
    : loop_(loop), handler_(handler), settings_(std::move(settings)) {}

Connections::~Connections() = default;

void Connections::accept(std::unique_ptr<rt::Stream> stream, const PeerFacts& peer) {
  scope_.spawn(serve_connection, std::ref(*this), std::move(stream), peer);
}

void Connections::drain() {
  if (draining_) return;
  draining_ = true;
  for (Link* link = idle_.next; link != &idle_; link = link->next)
    static_cast<Connection*>(link)->close_waiting();
  loop_.timers().arm(first_request_timer_, loop_.now() + kGrace);
}

void Connections::end_waiting() {
  waits_for_first_ = false;
  for (Link* link = fresh_.next; link != &fresh_; link = link->next)
    static_cast<Connection*>(link)->close_waiting();
}

std::size_t Connections::close_idle(std::size_t count) {
  std::size_t closed = 0;
  // A connection leaves its ring when it goes on; until then it stays, and is passed over.
  for (Link* link = idle_.next; link != &idle_ && closed < count; link = link->next)
    if (static_cast<Connection*>(link)->close_waiting()) ++closed;
  for (Link* link = fresh_.next; link != &fresh_ && closed == 0; link = link->next)
    if (static_cast<Connection*>(link)->close_waiting()) ++closed;
  return closed;
}

void Connections::cut() {
  draining_ = true;
  for (Link* ring : {&fresh_, &idle_, &busy_})
    for (Link* link = ring->next; link != ring; link = link->next) static_cast<Connection*>(link)->cut();
}

}  // namespace reeve::server
