// SPDX-License-Identifier: Apache-2.0
// One data reactor with everything that lives on its thread: upstream client, gateway, client connections.
// The Worker belongs to the main thread; its Core is made and destroyed on the reactor's thread and is spoken
// to by messages only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/acceptor.h"
#include "net/dialer.h"
#include "net/dns_resolver.h"
#include "net/offload_pool.h"
#include "net/reactor.h"
#include "net/system_random.h"
#include "net/tls_server.h"
#include "proxy/gateway.h"
#include "rt/scope.h"
#include "server/connections.h"
#include "telemetry/access_log.h"
#include "telemetry/metrics.h"
#include "upstream/client.h"
#include "upstream/shared.h"

namespace reeve::app {

/// TLS contexts by listener index; null where a listener has no tls.
struct TlsTable {
  struct Row {
    Endpoint endpoint;
    std::shared_ptr<const net::TlsServerContext> context;
  };
  std::vector<Row> rows;
  /// The context for a connection that was accepted when indices may have been others; null if there is none.
  std::shared_ptr<const net::TlsServerContext> find(const PeerFacts& peer) const;
};

/// What all workers share.
struct WorkerSurroundings {
  net::AcceptGroup& accepting;
  net::OffloadPool& offload;
  std::shared_ptr<upstream::Shared> upstreams;
  limits::Table& limits;
  rt::Mailbox& control;
  std::string instance;
  crypto::IdKey decision_key;  ///< seals decision ids
  std::uint64_t boot = 0;      ///< of this start of the process
  net::DnsSettings dns;
};

class Worker {
 public:
  /// What lives on the reactor's thread.
  class Core {
   public:
    Core(Worker& worker, const WorkerSurroundings& surroundings);

    void publish(std::shared_ptr<const policy::Snapshot> next, std::shared_ptr<const limits::Binding> limits,
                 std::shared_ptr<const TlsTable> tls);
    void accept(std::unique_ptr<rt::Stream> stream, const PeerFacts& peer);
    std::size_t close_idle(std::size_t count) { return connections_.close_idle(count); }
    void drain() { connections_.drain(); }
    void refuse_new() { gateway_.refuse_new(); }
    void cut() { connections_.cut(); }
    /// Calls `closed` when no client connection is open, once drain() was called.
    void when_closed(std::function<void()> closed);
    /// Ends what is left and stops the reactor; after when_closed has called.
    void end();

   private:
    static rt::Task<> wait_closed(std::reference_wrapper<Core> core, std::function<void()> closed);
    static rt::Task<> finish(std::reference_wrapper<Core> core);
    server::Settings settings_of(const policy::Snapshot& snapshot);

    net::Reactor& reactor_;
    rt::Mailbox& control_;
    telemetry::Shard& metrics_;
    net::SystemRandom random_;
    net::ReactorOffload offload_;
    net::Dialer dialer_;
    net::DnsResolver resolver_;
    upstream::Client client_;
    proxy::Gateway gateway_;
    server::Connections connections_;
    std::shared_ptr<const TlsTable> tls_;
    rt::Scope tasks_;
  };

  /// `number`: no other worker has it.
  Worker(const WorkerSurroundings& surroundings, std::uint16_t number, telemetry::Shard& metrics,
         telemetry::AccessLog& log);
  /// The reactor has ended, see Core::end().
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Makes the Core and turns, on a thread of its own. Throws std::system_error.
  void start();
  void join();
  /// `message(core)` on the reactor's thread.
  template <class Message>
  void post(Message message) {
    reactor_.post([this, message = std::move(message)]() mutable { message(*core_); });
  }
  const net::Reactor& reactor() const { return reactor_; }
  net::Reactor& reactor() { return reactor_; }

  /// What to do when connections run short and no idle one is here.
  std::function<void()> shed_elsewhere;

 private:
  void run();
  std::size_t under_pressure();

  const WorkerSurroundings& surroundings_;
  const std::uint16_t number_;
  telemetry::Shard& metrics_;
  telemetry::AccessLog& log_;
  net::Reactor reactor_;
  Core* core_ = nullptr;  // the reactor's thread
  std::thread thread_;
};

}  // namespace reeve::app
