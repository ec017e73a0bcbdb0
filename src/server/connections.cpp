// SPDX-License-Identifier: Apache-2.0
#include "server/connections.h"

#include "server/connection.h"

namespace reeve::server {

namespace {

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
  draining_ = true;
  close_idle(open());
}

std::size_t Connections::close_idle(std::size_t count) {
  std::size_t closed = 0;
  // A connection leaves the ring when it goes on; until then it stays, marked.
  for (Link* link = idle_.next; link != &idle_ && closed < count; link = link->next, ++closed)
    static_cast<Connection*>(link)->close_idle();
  return closed;
}

void Connections::cut() {
  draining_ = true;
  for (Link* ring : {&idle_, &busy_})
    for (Link* link = ring->next; link != ring; link = link->next) static_cast<Connection*>(link)->cut();
}

}  // namespace reeve::server
