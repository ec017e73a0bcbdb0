// SPDX-License-Identifier: Apache-2.0
// The running gateway: everything that `reeve run` consists of, wired by constructor parameters, and its life
// from the first configuration to the last connection. The control reactor turns on the main thread; data
// reactors have their own. Decides nothing about requests or configurations.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/admin.h"
#include "app/followers.h"
#include "app/handover.h"
#include "app/inherited_sockets.h"
#include "app/notify.h"
#include "app/options.h"
#include "app/sockets.h"
#include "app/stderr_messages.h"
#include "app/takeover.h"
#include "app/workers.h"
#include "config/system_doors.h"
#include "control/archive.h"
#include "control/control.h"
#include "control/counters_file.h"
#include "control/data_folder.h"
#include "control/decision_keys.h"
#include "control/explainer.h"
#include "net/signals.h"

namespace reeve::app {

/// What start-up has got before threads begin.
struct Beginning {
  std::string file;  ///< as given; loaded again at each reload
  config::LoadResult loaded;
  control::DataFolder folder;
  std::string token;
  std::string instance;
  control::DecisionKeys decision_keys;
  std::uint64_t descriptors = 0;
  std::optional<Takeover> takeover;
};

class Process {
 public:
  Process(Beginning beginning, InheritedSockets& inherited, StderrMessages& messages);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Serves until told to stop.
  Exit serve();

 private:
  // life.cpp: in the order of their running
  static rt::Task<> live(std::reference_wrapper<Process> self);
  rt::Task<bool> start();
  bool open_admin();
  bool announce();
  rt::Task<> drain();
  rt::Task<> close_clients();
  rt::Task<> end();
  rt::Task<> pause(MonoTime until, bool also_when_hurried);
  static rt::Task<> keep_house(std::reference_wrapper<Process> self);
  void save_counters();
  void save_configuration();
  void warn_of_lost_access(const explain::ConfigurationMark& before);
  limits::Now now() { return {reactor_.loop().now(), reactor_.loop().clock().wall}; }
  static rt::Task<> reload(std::reference_wrapper<Process> self);

  void on_signal(int signal);
  void write_run_file();
  void handed_over();
  std::vector<PassedDescriptor> descriptors();
  bool fail(std::string_view code, const std::string& text);

  // process.cpp
  void add_collectors();
  void write_lag(telemetry::PrometheusText& text);
  admin::Live live_numbers();
  std::size_t worker_count() const;

  std::string file_;
  config::LoadResult first_;
  control::DataFolder folder_;
  std::string token_;
  control::DecisionKeys decision_keys_;
  std::optional<Takeover> takeover_;
  InheritedSockets& inherited_;
  StderrMessages& messages_;
  Notify notify_;
  net::SystemRandom random_;

  telemetry::Registry registry_;
  telemetry::LogWriter log_;
  net::Reactor reactor_;
  // Ended by end() before the reactors that they belong to.
  std::unique_ptr<net::OffloadPool> offload_ = std::make_unique<net::OffloadPool>(4, 256);
  std::unique_ptr<net::AcceptGroup> accepting_ = std::make_unique<net::AcceptGroup>();
  std::unique_ptr<net::AcceptGroup> admin_accepting_ = std::make_unique<net::AcceptGroup>();
  std::shared_ptr<upstream::Shared> upstreams_;
  limits::Table limits_;
  control::CountersFile counters_;
  config::SystemEnvironment environment_;
  control::Archive archive_;

  // Of the control reactor, for health checks.
  net::ReactorOffload offload_door_;
  net::Dialer dialer_;
  net::DnsResolver resolver_;
  upstream::HealthChecker health_;

  Sockets sockets_;
  LogFollower log_follower_;
  LimitFollower limit_follower_;
  HealthFollower health_follower_;
  Workers workers_;
  control::Control control_;
  control::Explainer explainer_;
  std::optional<admin::Admin> admin_;
  std::optional<server::Connections> admin_connections_;
  std::shared_ptr<net::Listener> admin_listener_;
  Handover handover_;
  std::optional<net::Signals> signals_;

  rt::Event wake_;  // something that live() waits for has happened: one of these
  bool stop_asked_ = false;
  bool hurried_ = false;  // a second signal: cut at once
  bool clients_gone_ = false;

  WallTime started_{};
  bool announced_ = false;    // run.json is ours to write
  bool handed_over_ = false;  // another process has the sockets and the folder
  rt::Event ending_;
  rt::Scope tasks_;
  rt::Scope life_;
  Exit exit_ = Exit::Yes;
};

}  // namespace reeve::app
