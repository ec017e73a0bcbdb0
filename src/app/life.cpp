// SPDX-License-Identifier: Apache-2.0
// The life of the process as one coroutine on the control reactor: start, serve, drain, end (rules, 1: Stop,
// Upgrade). Signals and the hand-over only set what it waits for.
#include <fmt/format.h>
#include <signal.h>

#include <cstdlib>

#include "app/lean_memory.h"
#include "app/process.h"
#include "config/render_findings.h"
#include "control/run_file.h"
#include "explain/plan.h"

namespace reeve::app {

namespace {

// A second of counting is what a crash may lose (contract, 2).
constexpr Duration kHousekeeping = std::chrono::seconds(1);
constexpr unsigned kFlushEvery = 10;
// How exactly it is known until when a configuration was served, should the process be killed.
constexpr unsigned kMarkEvery = 600;
// "draining answers only requests of the last second" (rules, 1).
constexpr Duration kRefusing = std::chrono::seconds(1);
// What was cut ends in a few turns of its reactor; a process that cannot end must still end.
constexpr Duration kCutPatience = std::chrono::seconds(5);
constexpr std::uint32_t kAdminConnections = 64;

}  // namespace

using policy::LogLevel;

rt::Task<> Process::live(std::reference_wrapper<Process> reference) {
  Process& self = reference.get();
  const bool serving = co_await self.start();
  if (serving) {
    while (!self.stop_asked_) {
      self.wake_.reset();
      [[maybe_unused]] const rt::IoStatus woken = co_await self.wake_.wait(rt::Deadline::never());
    }
  } else {
    self.exit_ = Exit::Failed;
    self.hurried_ = true;
  }
  co_await self.drain();
  co_await self.end();
  self.reactor_.stop();
}

bool Process::fail(std::string_view code, const std::string& text) {
  messages_.say(LogLevel::Error, code, text);
  return false;
}

rt::Task<bool> Process::start() {
  started_ = reactor_.loop().clock().wall;
  tasks_.spawn(keep_house, std::ref(*this));
  if (const auto trouble = counters_.restore(now())) messages_.say(LogLevel::Warn, "counters", *trouble);
  // Before the others: it is the one whose inherited socket is asked for by name.
  if (!open_admin()) co_return false;
  const control::ReloadResult result = co_await control_.start(std::move(first_));
  if (!result.ok) {
    for (const config::Finding& finding : result.findings)
      if (finding.severity == config::Severity::Error)
        messages_.say(LogLevel::Error, "start-failed", fmt::format("{}; {}", finding.text, finding.fix));
    co_return false;
  }
  co_return announce();
}

bool Process::open_admin() {
  const Endpoint& wanted = first_.snapshot->admin;
  auto opened = inherited_.take(std::string(kAdminName), wanted);
  if (!opened) opened = net::Listener::open(wanted, 0600);
  if (!*opened)
    return fail("start-failed", (*opened).error() + "; free that address, or choose another under admin");
  admin_listener_ = std::move(**opened);
  admin_.emplace(
      admin::Surroundings{control_, registry_, explainer_, archive_, [this] { return live_numbers(); }},
      token_, admin_listener_->endpoint());
  admin_connections_.emplace(reactor_.loop(), *admin_, server::Settings{});
  admin_accepting_->set_limit(kAdminConnections);
  admin_accepting_->add(reactor_, {.on_connection =
                                       [this](std::unique_ptr<rt::Stream> stream, const PeerFacts& peer) {
                                         admin_connections_->accept(std::move(stream), peer);
                                       },
                                   .on_pressure = [this] { return admin_connections_->close_idle(8); }});
  admin_accepting_->start(admin_listener_, {});
  return true;
}

/// Everything accepts: the old process may go, clients may find us.
bool Process::announce() {
  if (takeover_) {
    if (const auto ready = takeover_->ready(); !ready)
      return fail("upgrade-failed",
                  ready.error() +
                      "; the running process goes on serving. Try again, or stop it and start "
                      "this one without --upgrade");
    takeover_.reset();
  }
  handover_.open(folder_.path());
  announced_ = true;
  const std::optional<explain::ConfigurationMark> before = archive_.last();
  save_configuration();
  write_run_file();
  notify_.ready();
  std::string where;
  for (const std::string& address : sockets_.addresses()) where += (where.empty() ? "" : ", ") + address;
  messages_.say(LogLevel::Info, "serving",
                fmt::format("on {}; admin on {}; configuration {}", where,
                            to_string(admin_listener_->endpoint()), control_.current()->hash.substr(0, 12)));
  if (before) warn_of_lost_access(*before);
  return true;
}

/// Lost access never stops a start (contract, 6); but it is said.
void Process::warn_of_lost_access(const explain::ConfigurationMark& mark) {
  constexpr std::size_t kShown = 10;
  const LeanMemory lean;
  const auto before = archive_.find(mark);
  if (!before) return;
  const explain::Plan plan =
      explain::plan(*before->snapshot, *control_.current(), reactor_.loop().clock().wall);
  for (std::size_t i = 0; i < std::min(plan.loses.size(), kShown); ++i)
    messages_.say(LogLevel::Warn, "lost-access",
                  fmt::format("since this gateway served last: {}", explain::describe(plan.loses[i])));
  if (plan.loses.size() > kShown)
    messages_.say(
        LogLevel::Warn, "lost-access",
        fmt::format("and {} more; `reeve plan NEW --against OLD` shows all", plan.loses.size() - kShown));
}

void Process::write_run_file() {
  if (!announced_ || handed_over_) return;
  const control::RunFile run{.pid = ::getpid(),
                             .listen = sockets_.addresses(),
                             .admin = to_string(admin_listener_->endpoint()),
                             .token_file = folder_.token_file(),
                             .configuration = control_.current()->configuration_file};
  if (const auto written = control::write_run_file(folder_.path(), run); !written)
    messages_.say(LogLevel::Error, "run-file",
                  written.error() +
                      "; clients cannot find this gateway by its data folder. "
                      "Make the folder writable and reload");
}

void Process::on_signal(int signal) {
  switch (signal) {
    case SIGTERM:
    case SIGINT:
      (stop_asked_ ? hurried_ : stop_asked_) = true;
      wake_.set();
      break;
    case SIGHUP:
      tasks_.spawn(reload, std::ref(*this));
      break;
    case SIGUSR1:
      log_follower_.reopen();
      break;
    default:
      break;  // SIGUSR2 is not used, and must not end the process
  }
}

rt::Task<> Process::reload(std::reference_wrapper<Process> self) {
  // What came of it is in the messages.
  [[maybe_unused]] const control::ReloadResult result = co_await self.get().control_.reload();
}

rt::Task<> Process::keep_house(std::reference_wrapper<Process> reference) {
  Process& self = reference.get();
  for (unsigned turn = 1; !self.ending_.is_set(); ++turn) {
    [[maybe_unused]] const rt::IoStatus status =
        co_await self.ending_.wait(rt::Deadline::after(self.reactor_.loop().now(), kHousekeeping));
    self.save_counters();
    if (turn % kFlushEvery == 0) self.messages_.flush(false);
    if (turn % kMarkEvery == 0) self.save_configuration();
  }
}

void Process::save_counters() {
  if (!announced_ || handed_over_) return;  // the folder is another process's
  if (const auto trouble = counters_.save(now())) messages_.say(LogLevel::Error, "counters", *trouble);
}

void Process::save_configuration() {
  if (!announced_ || handed_over_) return;
  const LeanMemory lean;
  if (const auto trouble = archive_.save(reactor_.loop().clock().wall))
    messages_.say(LogLevel::Error, "configurations", *trouble);
}

std::vector<PassedDescriptor> Process::descriptors() {
  save_counters();  // the new process reads them
  std::vector<PassedDescriptor> all{{std::string(kLockName), folder_.lock()},
                                    {std::string(kAdminName), admin_listener_->fd()}};
  for (const Sockets::Open& open : sockets_.open()) all.push_back({open.name, open.listener->fd()});
  return all;
}

void Process::handed_over() {
  handed_over_ = true;
  for (const Sockets::Open& open : sockets_.open()) open.listener->handed_over();
  admin_listener_->handed_over();
  stop_asked_ = true;
  wake_.set();
}

/// Waits until that time, until no client is left, or until a second signal.
rt::Task<> Process::pause(MonoTime until, bool also_when_hurried) {
  while (!clients_gone_ && (also_when_hurried || !hurried_) && reactor_.loop().now() < until) {
    wake_.reset();
    [[maybe_unused]] const rt::IoStatus status = co_await wake_.wait({until});
  }
}

rt::Task<> Process::drain() {
  handover_.close();
  co_await control_.begin_drain();
  if (control_.current()) {
    messages_.say(LogLevel::Info, "draining",
                  handed_over_
                      ? "another process has taken over; open connections are served to their end"
                      : "no new connections; open ones are served to their end. A second signal cuts them");
    // The new process has the listeners: there is nobody to wait for.
    if (!handed_over_) co_await pause(reactor_.loop().now() + control_.current()->server.drain_delay, false);
  }
  if (announced_ && !handed_over_) control::remove_run_file(folder_.path());
  co_await close_clients();
}

rt::Task<> Process::close_clients() {
  const auto current = control_.current();
  const Duration drain = current ? current->server.drain : Duration(0);
  sockets_.close_all();
  // Clients that were still in the listeners' queues have connections now.
  [[maybe_unused]] const bool settled = co_await workers_.settle();
  workers_.drain([this] {
    clients_gone_ = true;
    wake_.set();
  });
  const MonoTime end = reactor_.loop().now() + drain;
  co_await pause(end - kRefusing, false);
  if (!clients_gone_) workers_.refuse_new();
  co_await pause(end, false);
  if (!clients_gone_) {
    // Without a configuration nothing was ever open: the start has failed, and that has been said.
    if (current)
      messages_.say(LogLevel::Warn, "cut",
                    hurried_ ? "a second signal: open connections are cut"
                             : "server.drain has passed: what is still open is cut");
    workers_.cut();
    co_await pause(reactor_.loop().now() + kCutPatience, true);
  }
  if (clients_gone_) co_return;
  // Threads that do not end cannot be joined.
  messages_.say(LogLevel::Error, "stuck", "a connection did not end when it was cut; please report it");
  log_.stop();
  messages_.flush(true);
  std::_Exit(static_cast<int>(exit_));
}

rt::Task<> Process::end() {
  if (admin_connections_) {
    admin_accepting_->stop(admin_listener_);
    admin_listener_.reset();
    admin_connections_->cut();
    co_await admin_connections_->closed();
  }
  ending_.set();
  co_await health_.stop();
  co_await handover_.ended();
  co_await tasks_.join();
  workers_.end_and_join();
  log_.stop();
  signals_.reset();
  offload_.reset();
  accepting_.reset();
  admin_accepting_.reset();
  messages_.flush(true);
  messages_.say(LogLevel::Info, "stopped", "every connection is closed");
}

}  // namespace reeve::app
