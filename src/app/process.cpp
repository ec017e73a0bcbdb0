// SPDX-License-Identifier: Apache-2.0
// How the parts are put together. What needs a thread gets it in serve(); what reports numbers is asked when
// a scrape comes.
#include "app/process.h"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>

#include <chrono>

#include "app/build_info.h"
#include "app/dns_servers.h"
#include "app/load_file.h"
#include "telemetry/process_metrics.h"

namespace reeve::app {

namespace {

net::DnsSettings dns_of(const policy::Snapshot& snapshot) {
  net::DnsSettings settings;
  settings.servers = dns_servers(snapshot);
  return settings;
}

std::uint64_t seed_from(rt::Random& random) {
  std::uint64_t seed = 0;
  random.fill(std::as_writable_bytes(std::span(&seed, 1)));
  return seed;
}

upstream::Watch watch_of(StderrMessages& messages) {
  return
      [&messages](std::string_view upstream, std::string_view target, bool healthy, std::string_view reason) {
        messages.say(healthy ? policy::LogLevel::Info : policy::LogLevel::Warn,
                     healthy ? "target-healthy" : "target-unhealthy",
                     fmt::format("upstream {}, target {}: {}", upstream, target, reason));
      };
}

}  // namespace

Process::Process(Beginning beginning, InheritedSockets& inherited, StderrMessages& messages)
    : file_(std::move(beginning.file)),
      first_(std::move(beginning.loaded)),
      folder_(std::move(beginning.folder)),
      token_(std::move(beginning.token)),
      decision_keys_(std::move(beginning.decision_keys)),
      takeover_(std::move(beginning.takeover)),
      inherited_(inherited),
      messages_(messages),
      log_([&messages](const std::string& text) {
        messages.say(policy::LogLevel::Error, "access-log", text);
      }),
      upstreams_(std::make_shared<upstream::Shared>(watch_of(messages))),
      limits_(SipKey{seed_from(random_), seed_from(random_)}),
      counters_(folder_, limits_),
      archive_(folder_.file("configurations"), environment_),
      offload_door_(*offload_, reactor_),
      dialer_(reactor_, offload_door_),
      resolver_(reactor_, dns_of(*first_.snapshot)),
      health_(reactor_.loop(), dialer_, resolver_, upstreams_, seed_from(random_)),
      sockets_(*accepting_, inherited_),
      log_follower_(log_, messages_),
      limit_follower_(*accepting_, messages_, beginning.descriptors),
      health_follower_(health_, resolver_, *upstreams_),
      workers_(reactor_,
               {*accepting_, *offload_, upstreams_, limits_, reactor_, std::move(beginning.instance),
                decision_keys_.newest(), control::draw_boot(random_), dns_of(*first_.snapshot)},
               [this] { return sockets_.tls(); }),
      control_(reactor_.loop(), {.load = [this] { return load_to_serve(file_); },
                                 .plane = workers_,
                                 .parts = {&sockets_, &log_follower_, &limit_follower_, &health_follower_},
                                 .messages = messages_,
                                 .supervisor = notify_,
                                 .served =
                                     [this](const policy::Snapshot& snapshot, config::Sources sources) {
                                       archive_.served(snapshot, std::move(sources),
                                                       reactor_.loop().clock().wall);
                                       save_configuration();
                                       write_run_file();
                                     }}),
      explainer_(
          reactor_.loop(), control_, limits_, [this] { return workers_.binding(); }, decision_keys_,
          archive_),
      handover_(reactor_, {.turns = control_.turns(),
                           .messages = messages_,
                           .descriptors = [this] { return descriptors(); },
                           .taken_over = [this] { handed_over(); }}),
      wake_(reactor_.loop()),
      ending_(reactor_.loop()) {
  workers_.make(worker_count(), registry_, log_);
  add_collectors();
}

Process::~Process() = default;

std::size_t Process::worker_count() const {
  if (first_.snapshot->threads != 0) return first_.snapshot->threads;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&cores), 1));
}

void Process::write_lag(telemetry::PrometheusText& text) {
  text.family("reeve_loop_lag_seconds", telemetry::MetricKind::Gauge,
              "The longest that a reactor has kept an event waiting since the last scrape.");
  const auto sample = [&](std::string_view name, net::Reactor& reactor) {
    text.sample({{"reactor", name}}, std::chrono::duration<double>(reactor.lag().max).count());
    reactor.reset_lag();
  };
  sample("control", reactor_);
  for (std::size_t i = 0; i < workers_.all().size(); ++i)
    sample(std::to_string(i), workers_.all()[i]->reactor());
}

void Process::add_collectors() {
  registry_.add_collector([this](telemetry::PrometheusText& text) {
    using enum telemetry::MetricKind;
    text.family("reeve_connections", Gauge, "Client connections that are open.");
    text.sample({}, std::uint64_t{accepting_->connections()});
    text.family("reeve_connections_limit", Gauge, "The most client connections that are served at once.");
    text.sample({}, std::uint64_t{accepting_->limit()});
    text.family("reeve_config_last_reload_success", Gauge, "1 unless the last reload was refused.");
    text.sample({}, std::uint64_t{control_.last_reload_ok()});
    text.family("reeve_config_last_load_timestamp_seconds", Gauge,
                "When the configuration that is served was loaded.");
    text.sample({}, std::chrono::duration<double>(control_.last_loaded().time_since_epoch()).count());
    text.raw(upstreams_->metrics_text(reactor_.loop().now()));
    sockets_.write_metrics(text);
    write_lag(text);
    telemetry::write_build_info(text, version(), commit());
    telemetry::write_process_metrics(text);
  });
}

admin::Live Process::live_numbers() {
  return {.now = reactor_.loop().clock().wall,
          .started = started_,
          .connections = accepting_->connections(),
          .connections_limit = accepting_->limit(),
          .targets = upstreams_->list(reactor_.loop().now())};
}

Exit Process::serve() {
  signals_.emplace(reactor_, std::initializer_list<int>{SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2},
                   [this](int signal) { on_signal(signal); });
  workers_.start();
  life_.spawn(live, std::ref(*this));
  reactor_.run();
  return exit_;
}

}  // namespace reeve::app
