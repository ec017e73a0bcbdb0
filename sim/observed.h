// SPDX-License-Identifier: Apache-2.0
// Between server and gateway, and between gateway and log: tells the ledger when a request's life begins and
// ends and what the log says of it. Changes nothing. One of each a reactor.
#pragma once

#include "server/handler.h"
#include "sim/upstream_side.h"

namespace reeve::sim {

/// The connection of a simulated client, in its address.
IpAddress address_of(std::uint64_t connection);
std::uint64_t connection_of(const IpAddress& address);

class ObservedHandler final : public server::Handler {
 public:
  /// `generation` is the one that was published last to this reactor.
  ObservedHandler(server::Handler& inner, Ledger& ledger, UpstreamSide::FindClient find_client,
                  const std::uint64_t& generation)
      : inner_(inner), ledger_(ledger), find_client_(std::move(find_client)), generation_(generation) {}

  rt::Task<> serve(server::Exchange& exchange) override;
  rt::Buffer refuse(const Error& error, server::Exchange& partial) override;

 private:
  server::Handler& inner_;
  Ledger& ledger_;
  UpstreamSide::FindClient find_client_;
  const std::uint64_t& generation_;
};

class ObservedLog final : public telemetry::AccessLog {
 public:
  explicit ObservedLog(Ledger& ledger) : ledger_(ledger) {}
  bool enabled() const override { return true; }
  void write(const telemetry::AccessRecord& record) override { ledger_.record(record); }

 private:
  Ledger& ledger_;
};

}  // namespace reeve::sim
