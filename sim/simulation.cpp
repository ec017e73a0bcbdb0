// SPDX-License-Identifier: Apache-2.0
#include "sim/simulation.h"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include "base/bug.h"
#include "sim/clients.h"
#include "sim/configuration.h"
#include "sim/reeve_side.h"
#include "sim/upstreams.h"
#include "upstream/health.h"

namespace reeve::sim {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kFaultsMax = minutes(5);
// Ejections, names that are asked for again, connections that servers will close: all over by then.
constexpr Duration kGrace = seconds(90);
constexpr Duration kDrainMax = minutes(25);

class Simulation {
 public:
  explicit Simulation(const Options& options);

  /// The run. When it ends with a violation, everything is left as it stands.
  void run();
  Report report() const;
  bool violated() const { return ledger_.violated().has_value(); }

 private:
  bool go_on_until(const std::function<bool()>& done, Duration at_most);
  void expect(bool condition, Promise promise, std::string_view text);
  Clients::Opened open_connection();
  std::shared_ptr<Observer> tap(std::uint64_t link);
  ClientSide* client_side(std::uint64_t connection);
  UpstreamSide* upstream_side(std::uint64_t link);
  void publish();
  void edit_in_place();
  void reload();
  void reload_again();
  void press_again();
  static rt::Task<> stop_health(Simulation& self);

  void faults();
  void liveness();
  void drain();
  void take_down();

  World world_;
  Prng prng_;
  Swarm swarm_;
  Ledger ledger_;
  limits::Table limits_{SipKey{1, 2}};
  Garden garden_;  // may hold what was taken from the table
  Reactor outside_;
  Reactor control_;
  Network network_;
  std::shared_ptr<upstream::Shared> shared_;
  std::vector<std::unique_ptr<ReeveSide>> sides_;
  SimDialer health_dialer_;
  SimResolver health_resolver_;
  std::unique_ptr<upstream::HealthChecker> health_;
  rt::Scope control_scope_;
  bool health_stopped_ = false;
  Upstreams upstreams_;
  Clients clients_;

  std::vector<std::shared_ptr<ClientSide>> client_sides_;
  std::map<std::uint64_t, std::shared_ptr<UpstreamSide>> upstream_sides_;
  std::uint64_t generation_ = 0;
  Access access_;
  std::shared_ptr<policy::Snapshot> newest_;
  std::vector<std::weak_ptr<const policy::Snapshot>> published_;
  bool reloading_ = true;
  bool pressing_ = true;
  std::uint64_t bugs_before_ = bug_count();
  MonoTime began_;
};

Simulation::Simulation(const Options& options)
    : world_(options.seed, options.verbose),
      prng_(world_.fork()),
      swarm_(world_.fork()),
      ledger_(world_),
      garden_(options.plant, world_.fork()),
      outside_(world_, {}),
      control_(world_, {}),
      network_(world_, outside_, swarm_),
      shared_(std::make_shared<upstream::Shared>()),
      health_dialer_(control_, network_, swarm_,
                     [this](std::uint64_t link, const std::string&) { return tap(link); }),
      health_resolver_(control_, swarm_),
      health_(std::make_unique<upstream::HealthChecker>(control_.loop(), health_dialer_, health_resolver_,
                                                        shared_, prng_.next())),
      upstreams_(outside_, network_, swarm_, [this](std::uint64_t link) { return upstream_side(link); }),
      clients_(outside_, swarm_, ledger_, options.requests, [this] { return open_connection(); }),
      began_(world_.now()) {
  ReeveSide::Parts parts{world_,
                         network_,
                         swarm_,
                         ledger_,
                         garden_,
                         shared_,
                         limits_,
                         0,
                         [this](std::uint64_t link, const std::string&) { return tap(link); },
                         [this](std::uint64_t connection) { return client_side(connection); }};
  for (; parts.number < 2; ++parts.number) sides_.push_back(std::make_unique<ReeveSide>(parts));
}

std::shared_ptr<Observer> Simulation::tap(std::uint64_t link) {
  auto side = std::make_shared<UpstreamSide>(
      ledger_, link, [this](std::uint64_t connection) { return client_side(connection); });
  upstream_sides_[link] = side;
  return side;
}

ClientSide* Simulation::client_side(std::uint64_t connection) {
  return connection < client_sides_.size() ? client_sides_[connection].get() : nullptr;
}

UpstreamSide* Simulation::upstream_side(std::uint64_t link) {
  const auto found = upstream_sides_.find(link);
  return found == upstream_sides_.end() ? nullptr : found->second.get();
}

Clients::Opened Simulation::open_connection() {
  const std::uint64_t connection = client_sides_.size();
  client_sides_.push_back(std::make_shared<ClientSide>(ledger_, connection));
  ReeveSide& side = *sides_[prng_.below(sides_.size())];
  Network::Pair pair = network_.connect(side.reactor());
  pair.inner->observe(client_sides_.back());
  side.reactor().post([&side, connection, stream = std::move(pair.inner)]() mutable {
    side.accept(std::move(stream), connection);
  });
  return {std::move(pair.outer), client_sides_.back()};
}

void Simulation::publish() {
  ++generation_;
  access_ = access_of(swarm_, generation_);
  ledger_.published(generation_, access_);
  newest_ = make_snapshot(swarm_, generation_, access_);
  plant_in(garden_, generation_, *newest_);
  published_.push_back(newest_);
  std::shared_ptr<const policy::Snapshot> snapshot = newest_;
  const rt::Clock& clock = control_.loop().clock();
  auto limits = std::make_shared<const limits::Binding>(limits_.bind(*snapshot, {clock.mono, clock.wall}));
  ledger_.limits().bound(access_.limits, clock.mono);
  plant_in(garden_, *snapshot, *limits, limits_, {clock.mono, clock.wall});
  for (const auto& side : sides_) {
    // Each reactor hears of it when its mail comes.
    world_.after(between(prng_, Duration(0), std::chrono::milliseconds(5)),
                 [&reeve = *side, snapshot, limits, generation = generation_] {
                   reeve.reactor().post([&reeve, snapshot, limits, generation] {
                     reeve.publish(snapshot, limits, generation);
                   });
                 });
  }
  control_.post([this, snapshot] { health_->apply(*snapshot); });
}

void Simulation::edit_in_place() {
  ++generation_;
  ledger_.published(generation_, access_);
  const std::shared_ptr<policy::Snapshot> next = make_snapshot(swarm_, generation_, access_);
  for (std::size_t i = 0; i < newest_->routes.size(); ++i) {
    newest_->routes[i].request_headers = next->routes[i].request_headers;
    newest_->routes[i].response_headers = next->routes[i].response_headers;
  }
  for (const auto& side : sides_) side->keep_generation(generation_);
}

void Simulation::reload() {
  if (garden_.plant == Plant::MixedGenerations) {
    edit_in_place();
  } else {
    publish();
  }
}

void Simulation::reload_again() {
  world_.after(between(prng_, std::chrono::milliseconds(50), swarm_.reload_pause_max), [this] {
    if (!reloading_) return;
    if (clients_.held()) return reload_again();
    reload();
    reload_again();
  });
}

// As the acceptor does when descriptors run out.
void Simulation::press_again() {
  world_.after(between(prng_, Duration(0), seconds(4)), [this] {
    if (!pressing_) return;
    ReeveSide& side = *sides_[prng_.below(sides_.size())];
    side.reactor().post([&side, count = prng_.below(4)] { side.close_idle(count); });
    press_again();
  });
}

bool Simulation::go_on_until(const std::function<bool()>& done, Duration at_most) {
  world_.run_until([&] { return violated() || done(); }, world_.now() + at_most);
  return !violated() && done();
}

void Simulation::expect(bool condition, Promise promise, std::string_view text) {
  if (!condition) ledger_.violation(promise, std::string(text));
}

void Simulation::faults() {
  publish();
  // The first requests need a configuration.
  go_on_until([] { return false; }, std::chrono::milliseconds(50));
  outside_.post([this] { clients_.start(); });
  reload_again();
  press_again();
  const std::uint64_t enough = clients_.left() / 3;
  go_on_until([&] { return clients_.left() <= enough; }, kFaultsMax);
}

void Simulation::liveness() {
  world_.trace("no more faults");
  swarm_.calm();
  for (const auto& side : sides_) side->reactor().calm();
  network_.heal();
  pressing_ = false;
  // Not the configuration of before, whose small limits may refuse somebody rightly.
  reload();
  clients_.hold();
  const bool ended = go_on_until([&] { return clients_.sessions() == 0; }, kDrainMax);
  expect(ended, Promise::Liveness, "sessions that began under faults do not end without them");
  go_on_until([] { return false; }, kGrace);
  clients_.expect_the_best();
  const bool done = go_on_until([&] { return clients_.running() == 0; }, kDrainMax);
  expect(done, Promise::Liveness, fmt::format("{} clients are not done", clients_.running()));
}

rt::Task<> Simulation::stop_health(Simulation& self) {
  co_await self.health_->stop();
  self.health_stopped_ = true;
}

void Simulation::drain() {
  world_.trace("drain");
  reloading_ = false;
  // What was published last reaches every reactor first.
  go_on_until([] { return false; }, std::chrono::milliseconds(20));
  for (const auto& side : sides_) side->reactor().post([&reeve = *side] { reeve.drain(); });
  const auto open = [this] { return sides_[0]->open() + sides_[1]->open(); };
  const bool closed = go_on_until([&] { return open() == 0; }, kDrainMax);
  expect(closed, Promise::NothingLeft, fmt::format("{} connections stay open while draining", open()));
  for (const auto& side : sides_) side->reactor().post([&reeve = *side] { reeve.stop(); });
  control_.post([this] { control_scope_.spawn(stop_health, std::ref(*this)); });
  const bool stopped = go_on_until(
      [&] {
        return sides_[0]->stopped() && sides_[1]->stopped() && health_stopped_ && upstreams_.running() == 0;
      },
      kDrainMax);
  expect(stopped, Promise::NothingLeft, "clients, health checks or upstreams do not end");
}

void Simulation::take_down() {
  ledger_.close();
  for (const upstream::TargetStatus& target : shared_->list(world_.now()))
    expect(target.in_flight == 0 && target.connections == 0 && target.kept == 0, Promise::NothingLeft,
           fmt::format("{} {}: {} requests in flight, {} connections, {} kept", target.upstream,
                       target.target, target.in_flight, target.connections, target.kept));
  expect(network_.open() == 0, Promise::NothingLeft, fmt::format("{} streams are open", network_.open()));
  for (const auto& side : sides_)
    expect(side->reactor().loop().idle(), Promise::NothingLeft, "a reactor has something ready");
  // In a year only what is open would still count.
  constexpr Duration kYear = std::chrono::days(366);
  const rt::Clock& clock = world_.clock();
  const std::size_t held = limits_.stats({clock.mono + kYear, clock.wall + kYear}).live;
  expect(held == 0, Promise::NothingLeft, fmt::format("{} counters say that a request is open", held));
  expect(bug_count() == bugs_before_, Promise::NothingLeft, "RV_BUG was met");
  if (violated()) return;
  health_.reset();
  newest_.reset();
  for (const auto& side : sides_) {
    const bool timers = side->take_down();
    expect(!timers, Promise::NothingLeft, "a timer is left");
  }
  for (const auto& snapshot : published_)
    expect(snapshot.expired(), Promise::NothingLeft, "a configuration is still held by somebody");
}

void Simulation::run() {
  faults();
  if (!violated()) liveness();
  if (!violated()) drain();
  if (!violated()) take_down();
}

Report Simulation::report() const {
  Report report;
  report.violation = ledger_.violated();
  report.hash = world_.hash();
  report.requests = ledger_.opened();
  report.connections = client_sides_.size();
  report.whole_answers = clients_.whole_answers();
  report.generations = generation_;
  report.events = world_.events();
  report.lasted = world_.now() - began_;
  if (!report.violation) return report;
  report.last_events = world_.last_events();
  for (const upstream::TargetStatus& target : shared_->list(world_.now()))
    report.last_events += fmt::format(
        "{} {}: healthy {}, ejected {}, {} in flight, {} connections, {} kept\n", target.upstream,
        target.target, target.healthy, target.ejected, target.in_flight, target.connections, target.kept);
  return report;
}

/// Runs that ended in the middle: their coroutines wait for something that will not come, so they stay.
std::vector<std::unique_ptr<Simulation>>& abandoned() {
  static auto* kept = new std::vector<std::unique_ptr<Simulation>>();
  return *kept;
}

}  // namespace

Report simulate(const Options& options) {
  auto simulation = std::make_unique<Simulation>(options);
  simulation->run();
  Report report = simulation->report();
  if (report.violation) abandoned().push_back(std::move(simulation));
  return report;
}

}  // namespace reeve::sim
