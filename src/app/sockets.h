// SPDX-License-Identifier: Apache-2.0
// The listening sockets of the data plane and the certificates that they show. Opens all that a new
// configuration needs before anything is published, keeps those whose entry is unchanged, takes inherited
// ones first. A Part of the control plane, on its thread; accepting itself is net::AcceptGroup's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/inherited_sockets.h"
#include "app/worker.h"
#include "control/parts.h"
#include "net/acceptor.h"
#include "net/listener.h"
#include "net/tls_tickets.h"
#include "telemetry/prometheus.h"

namespace reeve::app {

class Sockets final : public control::Part {
 public:
  Sockets(net::AcceptGroup& accepting, InheritedSockets& inherited)
      : accepting_(accepting), inherited_(inherited) {}

  std::optional<Refusal> prepare(const policy::Snapshot& next) override;
  void commit(const policy::Snapshot& next) override;
  void abandon() override { prepared_ = {}; }

  /// The contexts of the configuration that is being published, later of the one that is served.
  std::shared_ptr<const TlsTable> tls() const { return prepared_.tls ? prepared_.tls : serving_.tls; }
  /// In the file's order, with real ports.
  std::vector<std::string> addresses() const;
  /// Everything that listens, with its name in the configuration, for the process that takes over.
  struct Open {
    std::string name;
    std::shared_ptr<net::Listener> listener;
  };
  const std::vector<Open>& open() const { return serving_.listeners; }

  /// Accepts what is queued and closes them all.
  void close_all();
  /// reeve_certificate_expiry_seconds.
  void write_metrics(telemetry::PrometheusText& text) const;

 private:
  struct Expiry {
    std::string listener;
    std::string file;
    double not_after = 0;
  };
  struct Set {
    std::vector<Open> listeners;
    std::shared_ptr<const TlsTable> tls;
    std::vector<Expiry> expiries;
  };

  std::shared_ptr<net::Listener> serving(const std::string& name) const;
  std::optional<Refusal> prepare_one(const policy::Listener& wanted, TlsTable& tls);

  net::AcceptGroup& accepting_;
  InheritedSockets& inherited_;
  // Shared by all contexts, for ever: sessions can be resumed after a reload.
  std::shared_ptr<net::TlsTicketKeys> tickets_ = std::make_shared<net::TlsTicketKeys>();
  Set serving_;
  Set prepared_;
};

}  // namespace reeve::app
