// SPDX-License-Identifier: Apache-2.0
// The data plane of one reactor: answers the requests of its connections under the configuration that is
// published to it. Made by app's wiring; everything it needs comes through the constructor.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/prng.h"
#include "crypto/engine.h"
#include "crypto/sealed_id.h"
#include "limits/table.h"
#include "proxy/generation.h"
#include "rt/doors.h"
#include "rt/loop.h"
#include "rt/pinned.h"
#include "server/handler.h"
#include "telemetry/access_log.h"
#include "telemetry/metrics.h"
#include "upstream/client.h"

namespace reeve::proxy {

class Gateway final : public server::Handler {
 public:
  /// `instance` is this gateway's name in Via: `reeve-<instance>`.
  Gateway(rt::Loop& loop, upstream::Client& client, limits::Table& limits, telemetry::Shard& metrics,
          telemetry::AccessLog& log, rt::Random& random, crypto::IdSealer sealer, std::string instance);

  /// From the next request on this configuration holds. `retire` is given the old one when its last request
  /// has ended, to destroy it elsewhere.
  /// `limits` is what the counters made of it.
  void publish(std::shared_ptr<const policy::Snapshot> snapshot,
               std::shared_ptr<const limits::Binding> limits,
               std::function<void(std::shared_ptr<const policy::Snapshot>)> retire);
  /// The last second of a drain: new requests are refused with `draining`.
  void refuse_new() { refusing_ = true; }

  rt::Task<> serve(server::Exchange& exchange) override;
  rt::Buffer refuse(const Error& error, server::Exchange& partial) override;

  // --- for the steps ---
  rt::Loop& loop() { return loop_; }
  upstream::Client& client() { return client_; }
  limits::Table& limits() { return limits_; }
  telemetry::Shard& metrics() { return metrics_; }
  telemetry::AccessLog& log() { return log_; }
  Prng& prng() { return prng_; }
  crypto::Engine& engine() { return engine_; }
  crypto::IdSealer& sealer() { return sealer_; }
  const std::string& pseudonym() const { return pseudonym_; }  ///< "reeve-<instance>"
  bool refusing() const { return refusing_; }
  /// The Date field's value for this second, made once a second.
  std::string_view date();

 private:
  rt::Loop& loop_;
  upstream::Client& client_;
  limits::Table& limits_;
  telemetry::Shard& metrics_;
  telemetry::AccessLog& log_;
  Prng prng_;
  crypto::Engine engine_;
  crypto::IdSealer sealer_;
  std::string pseudonym_;
  bool refusing_ = false;
  std::function<void(std::shared_ptr<const policy::Snapshot>)> retire_;
  rt::Pinned<Generation> generation_;
  WallTime date_second_{};
  char date_[29];
};

}  // namespace reeve::proxy
