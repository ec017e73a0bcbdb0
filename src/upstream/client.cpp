// SPDX-License-Identifier: Apache-2.0
#include "upstream/client.h"

#include <chrono>
#include <map>
#include <utility>

#include "base/inline_vector.h"
#include "rt/scope.h"
#include "upstream/addresses.h"
#include "upstream/dial.h"
#include "upstream/pool.h"
#include "upstream/shared.h"

namespace reeve::upstream {

namespace {

// How long an upstream's closing of a kept connection, or a request of another reactor that waits for its
// place, may go unnoticed.
constexpr Duration kReapPause = std::chrono::milliseconds(250);

Error name_error(rt::IoStatus status) {
  switch (status) {
    case rt::IoStatus::Cancelled:
      return kCancelled;
    case rt::IoStatus::NameNotFound:
      return {Code::UpstreamUnreachable, Fault::Upstream, Sent::Nothing, rt::describe(status)};
    default:
      return {Code::DependencyUnavailable, Fault::Gateway, Sent::Nothing,
              "the name servers could not say the target's address"};
  }
}

Error dial_error(rt::IoStatus status) {
  switch (status) {
    case rt::IoStatus::Cancelled:
      return kCancelled;
    case rt::IoStatus::NoDescriptors:
      return {Code::Overloaded, Fault::Gateway, Sent::Nothing, rt::describe(status)};
    case rt::IoStatus::TimedOut:
      return {Code::UpstreamUnreachable, Fault::Upstream, Sent::Nothing,
              "connecting to the target took too long"};
    default:
      return {Code::UpstreamUnreachable, Fault::Upstream, Sent::Nothing, rt::describe(status)};
  }
}

/// A place that was taken, until a connection holds it.
class Place {
 public:
  explicit Place(TargetPool& pool) : pool_(&pool) {}
  ~Place() {
    if (pool_ != nullptr) pool_->give_place();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  void keep() { pool_ = nullptr; }

 private:
  TargetPool* pool_;
};

}  // namespace

Connection::Connection(std::unique_ptr<rt::Stream> connected, std::shared_ptr<TargetPool> of)
    : stream(std::move(connected)), reader(*stream, exchange::Side::Upstream), pool(std::move(of)) {}

Connection::~Connection() {
  stream.reset();  // closed before its place is another's
  if (pool) pool->give_place();
}

struct Client::State {
  using Key = std::pair<std::string, std::string>;
  struct Reap : rt::Timer {
    explicit Reap(State& its_owner)
        : Timer([](Timer& timer) { static_cast<Reap&>(timer).owner.reap(); }), owner(its_owner) {}
    State& owner;
  };

  explicit State(rt::Loop& its_loop) : loop(its_loop) {}

  std::shared_ptr<TargetPool> find(const Key& key, const TargetTls& tls);
  void retire(const std::shared_ptr<TargetPool>& pool);
  void retire_all();
  void reap();
  void reap_soon() {
    if (!reaper.armed()) loop.timers().arm(reaper, loop.now() + kReapPause);
  }

  rt::Loop& loop;
  rt::Scope queries;
  std::map<Key, std::shared_ptr<TargetPool>> current;
  std::vector<std::weak_ptr<TargetPool>> retired;  // still held by requests of older configurations
  Reap reaper{*this};
};

std::shared_ptr<TargetPool> Client::State::find(const Key& key, const TargetTls& tls) {
  if (const auto found = current.find(key); found != current.end() && found->second->tls() == tls)
    return found->second;
  for (const std::weak_ptr<TargetPool>& known : retired) {
    std::shared_ptr<TargetPool> pool = known.lock();
    if (pool && pool->shared().upstream() == key.first && pool->shared().url() == key.second &&
        pool->tls() == tls)
      return pool;
  }
  return nullptr;
}

void Client::State::retire(const std::shared_ptr<TargetPool>& pool) {
  pool->retire();
  retired.push_back(pool);
}

void Client::State::retire_all() {
  for (const auto& [key, pool] : current) retire(pool);
  current.clear();
  reaper.disarm();
}

void Client::State::reap() {
  bool some_left = false;
  for (const auto& [key, pool] : current) some_left |= pool->reap();
  if (some_left) reap_soon();
}

Client::Client(rt::Loop& loop, rt::Dialer& dialer, rt::Resolver& resolver, std::shared_ptr<Shared> shared)
    : loop_(loop),
      dialer_(dialer),
      resolver_(resolver),
      shared_(std::move(shared)),
      state_(std::make_unique<State>(loop)) {}

Client::~Client() {
  state_->retire_all();
}

rt::Task<> Client::stop() {
  state_->retire_all();
  resolver_.give_up();
  co_await state_->queries.join();
}

Binding Client::bind(const policy::Snapshot& snapshot) {
  Binding binding;
  std::map<State::Key, std::shared_ptr<TargetPool>> next;
  for (const policy::Upstream& upstream : snapshot.upstreams) {
    auto siblings = std::make_shared<std::vector<std::shared_ptr<SharedTarget>>>();
    for (const policy::Target& target : upstream.targets)
      siblings->push_back(shared_->target(upstream.name, target.url));

    BoundUpstream& bound = binding.emplace_back();
    for (std::uint32_t i = 0; i < upstream.targets.size(); ++i) {
      const policy::Target& target = upstream.targets[i];
      const State::Key key(upstream.name, target.url);
      TargetTls tls = tls_of(upstream, target);
      std::shared_ptr<TargetPool> pool = state_->find(key, tls);
      if (!pool) {
        std::shared_ptr<rt::TlsClientContext> context;
        if (tls.secure) context = shared_->tls_context(upstream.name, tls.settings, dialer_);
        auto addresses =
            std::make_shared<TargetAddresses>(loop_, resolver_, state_->queries, (*siblings)[i], target);
        pool = std::make_shared<TargetPool>(loop_, (*siblings)[i], std::move(addresses), std::move(tls),
                                            std::move(context));
      }
      pool->configure(upstream, siblings, i);
      bound.targets.push_back(pool);
      next[key] = std::move(pool);
    }
  }

  std::erase_if(state_->retired, [](const std::weak_ptr<TargetPool>& pool) { return pool.expired(); });
  std::swap(state_->current, next);
  for (const auto& [key, pool] : next) {
    const auto same = state_->current.find(key);
    if (same == state_->current.end() || same->second != pool) state_->retire(pool);
  }
  next.clear();
  shared_->forget_gone();
  return binding;
}

int Client::choose(const policy::Upstream& upstream, BoundUpstream& bound, std::uint64_t hash,
                   std::uint64_t tried, bool allow_tried) {
  constexpr std::uint32_t kTriedMax = 64;
  InlineVector<policy::TargetState, kTriedMax> states;
  InlineVector<std::uint32_t, kTriedMax> taken;
  const MonoTime now = loop_.now();
  for (std::uint32_t i = 0; i < bound.targets.size(); ++i) {
    TargetPool& pool = *bound.targets[i];
    const SharedTarget& shared = pool.shared();
    states.push_back(
        {.available = pool.available(), .ejected = shared.ejected(now), .in_flight = shared.in_flight()});
    if ((tried >> (i % kTriedMax) & 1) != 0) taken.push_back(i);
  }
  const std::span<const policy::TargetState> view(states.begin(), states.size());
  auto chosen = policy::choose(upstream, view, bound.turn, hash, {taken.begin(), taken.size()});
  if (!chosen && allow_tried) chosen = policy::choose(upstream, view, bound.turn, hash);
  return chosen ? static_cast<int>(*chosen) : -1;
}

std::unique_ptr<Connection> Client::take_kept(const std::shared_ptr<TargetPool>& target, Use use) {
  return target->take_kept(use, target);
}

rt::Task<Result<std::unique_ptr<Connection>>> Client::connect(std::shared_ptr<TargetPool> target,
                                                              rt::Deadline deadline,
                                                              rt::Cancellation& cancellation) {
  if (cancellation.requested()) co_return std::unexpected(kCancelled);
  if (!target->take_place()) {
    Result<std::unique_ptr<Connection>> served = co_await target->wait_for_place(deadline, cancellation);
    if (!served || *served) co_return std::move(served);
  }
  Place place(*target);
  rt::IoStatus named = rt::IoStatus::Ok;
  if (target->addresses().list() == nullptr)
    named = co_await target->addresses().wait(deadline, cancellation);
  if (named != rt::IoStatus::Ok) co_return std::unexpected(name_error(named));

  DialTo to{target->addresses().list(), target->addresses().next_turn(), target->tls_context(),
            target->tls().server_name};
  rt::IoResult<Dialled> dialled =
      co_await dial_in_turn(loop_, dialer_, std::move(to), deadline, cancellation);
  if (!dialled) co_return std::unexpected(dial_error(dialled.error()));
  place.keep();
  auto connection = std::make_unique<Connection>(std::move(dialled->stream), std::move(target));
  connection->endpoint = std::move(dialled->endpoint);
  co_return connection;
}

void Client::give_back(std::unique_ptr<Connection> connection, std::uint32_t keep_alive_timeout) {
  const std::shared_ptr<TargetPool> pool =
      connection->pool;  // outlives the connection if that is closed here
  if (keep_alive_timeout != 0) pool->shared().keep_alive_told(std::chrono::seconds(keep_alive_timeout));
  pool->give_back(std::move(connection));
  if (pool->kept() != 0) state_->reap_soon();
}

void Client::went_stale(const Connection& connection) {
  const MonoTime now = loop_.now();
  connection.pool->shared().keep_alive_seen(now - connection.idle_since, now);
}

void Client::begin(TargetPool& target) {
  target.begin();
}

void Client::end(TargetPool& target, Outcome outcome) {
  target.end(outcome);
}

void Client::close_kept() {
  for (const auto& [key, pool] : state_->current) pool->close_kept();
}

}  // namespace reeve::upstream
