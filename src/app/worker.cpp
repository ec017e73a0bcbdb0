// SPDX-License-Identifier: Apache-2.0
#include "app/worker.h"

#include "app/dns_servers.h"

namespace reeve::app {

namespace {
// A few at a time: enough for newcomers, few enough that clients which come back do not all come at once.
constexpr std::size_t kShed = 16;
}  // namespace

std::shared_ptr<const net::TlsServerContext> TlsTable::find(const PeerFacts& peer) const {
  const auto fits = [&](const Row& row) {
    if (row.context == nullptr) return false;
    const auto* ip = std::get_if<IpEndpoint>(&row.endpoint);
    return ip == nullptr ? peer.local_port == 0 : ip->port == peer.local_port;
  };
  if (peer.listener < rows.size() && fits(rows[peer.listener])) return rows[peer.listener].context;
  // A reload has moved the listeners since: its port tells which it was.
  for (const Row& row : rows)
    if (fits(row)) return row.context;
  return nullptr;
}

Worker::Core::Core(Worker& worker, const WorkerSurroundings& surroundings)
    : reactor_(worker.reactor_),
      control_(surroundings.control),
      metrics_(worker.metrics_),
      offload_(surroundings.offload, worker.reactor_),
      dialer_(worker.reactor_, offload_),
      resolver_(worker.reactor_, surroundings.dns),
      client_(worker.reactor_.loop(), dialer_, resolver_, surroundings.upstreams),
      gateway_(worker.reactor_.loop(), client_, surroundings.limits, worker.metrics_, worker.log_, random_,
               crypto::IdSealer(surroundings.decision_key, surroundings.boot, worker.number_),
               surroundings.instance),
      connections_(worker.reactor_.loop(), gateway_, {}),
      tls_(std::make_shared<const TlsTable>()) {}

server::Settings Worker::Core::settings_of(const policy::Snapshot& snapshot) {
  const policy::ServerSettings& from = snapshot.server;
  server::Settings settings;
  settings.limits = {.head_max = from.head_max, .uri_max = from.uri_max};
  settings.head_timeout = from.head_timeout;
  settings.body_idle = from.body_idle;
  settings.idle = from.idle;
  settings.allow_half_close = from.allow_half_close;
  if (snapshot.client_ip.proxy_protocol)
    settings.speaks_proxy_protocol = [client_ip = snapshot.client_ip](const PeerFacts& peer) {
      return client_ip.trusts(peer.address);
    };
  settings.secure = [this](std::unique_ptr<rt::Stream> plain, const PeerFacts& peer) {
    return net::tls_accept(reactor_.loop(), std::move(plain), tls_->find(peer));
  };
  return settings;
}

void Worker::Core::publish(std::shared_ptr<const policy::Snapshot> next,
                           std::shared_ptr<const limits::Binding> limits,
                           std::shared_ptr<const TlsTable> tls) {
  tls_ = std::move(tls);
  connections_.settings(settings_of(*next));
  resolver_.use(dns_servers(*next));
  // A configuration with many routes takes long to destroy: not here.
  gateway_.publish(std::move(next), std::move(limits), [this](std::shared_ptr<const policy::Snapshot> old) {
    control_.post([old = std::move(old)]() mutable { old.reset(); });
  });
}

void Worker::Core::accept(std::unique_ptr<rt::Stream> stream, const PeerFacts& peer) {
  // The listener has gone, or lost its tls, since the client was accepted: it must not be served in the
  // clear.
  if (peer.secure && tls_->find(peer) == nullptr) return;
  metrics_.connections_opened.add();
  connections_.accept(std::move(stream), peer);
}

void Worker::Core::when_closed(std::function<void()> closed) {
  tasks_.spawn(wait_closed, std::ref(*this), std::move(closed));
}

rt::Task<> Worker::Core::wait_closed(std::reference_wrapper<Core> core, std::function<void()> closed) {
  co_await core.get().connections_.closed();
  closed();
}

void Worker::Core::end() {
  tasks_.spawn(finish, std::ref(*this));
}

rt::Task<> Worker::Core::finish(std::reference_wrapper<Core> core) {
  co_await core.get().client_.stop();
  core.get().reactor_.stop();
}

Worker::Worker(const WorkerSurroundings& surroundings, std::uint16_t number, telemetry::Shard& metrics,
               telemetry::AccessLog& log)
    : surroundings_(surroundings), number_(number), metrics_(metrics), log_(log) {
  surroundings.accepting.add(
      reactor_, {.on_connection = [this](std::unique_ptr<rt::Stream> stream,
                                         const PeerFacts& peer) { core_->accept(std::move(stream), peer); },
                 .on_pressure = [this] { return under_pressure(); }});
}

Worker::~Worker() {
  join();
}

void Worker::start() {
  thread_ = std::thread(&Worker::run, this);
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::run() {
  Core core(*this, surroundings_);
  core_ = &core;
  reactor_.run();
}

std::size_t Worker::under_pressure() {
  const std::size_t closed = core_->close_idle(kShed);
  if (closed == 0 && shed_elsewhere) shed_elsewhere();
  return closed;
}

}  // namespace reeve::app
