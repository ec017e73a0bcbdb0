// SPDX-License-Identifier: Apache-2.0
// All data reactors as one: what the control plane publishes goes to each by mailbox, and is done when each
// has answered. Owned by the wiring, control thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "app/worker.h"
#include "control/parts.h"
#include "rt/wait.h"
#include "telemetry/log_writer.h"
#include "telemetry/registry.h"

namespace reeve::app {

class Workers final : public control::DataPlane {
 public:
  /// `tls` gives the table that belongs to the configuration which is being published.
  Workers(net::Reactor& control, WorkerSurroundings surroundings,
          std::function<std::shared_ptr<const TlsTable>()> tls);

  /// Before start(): makes that many.
  void make(std::size_t count, telemetry::Registry& registry, telemetry::LogWriter& log);
  void start();

  rt::Task<bool> publish(std::shared_ptr<const policy::Snapshot> next) override;
  rt::Task<bool> settle() override;

  /// Client connections close when they can; `closed` is called on the control thread when none is open.
  void drain(std::function<void()> closed);
  void refuse_new();
  void cut();
  /// Ends all threads; after drain() has called `closed`.
  void end_and_join();

  const std::vector<std::unique_ptr<Worker>>& all() const { return workers_; }
  /// The counters' side of the configuration that was published last.
  const std::shared_ptr<const limits::Binding>& binding() const { return binding_; }

 private:
  rt::Task<bool> on_all(std::function<void(Worker::Core&)> what);

  net::Reactor& control_;
  WorkerSurroundings surroundings_;
  std::function<std::shared_ptr<const TlsTable>()> tls_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::shared_ptr<const limits::Binding> binding_;
  std::size_t still_open_ = 0;
};

}  // namespace reeve::app
