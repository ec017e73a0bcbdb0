// SPDX-License-Identifier: Apache-2.0
#include "upstream/health.h"

#include <functional>

#include "rt/wait.h"
#include "upstream/addresses.h"
#include "upstream/dial.h"
#include "upstream/probe.h"

namespace reeve::upstream {

bool RiseFall::feed(bool good, std::uint32_t rise, std::uint32_t fall) {
  if (!checked_) {
    checked_ = true;
    healthy_ = good;
  } else if (good == healthy_) {
    against_ = 0;
  } else if (++against_ >= (good ? rise : fall)) {
    healthy_ = good;
    against_ = 0;
  }
  return healthy_;
}

/// Lives as long as its coroutine; configure() may change it while a probe is under way.
struct HealthChecker::Check {
  explicit Check(rt::Loop& loop) : wake(loop) {}

  std::shared_ptr<SharedTarget> shared;
  std::shared_ptr<TargetAddresses> addresses;
  policy::HealthCheck settings;
  TargetTls tls;
  std::shared_ptr<rt::TlsClientContext> tls_context;
  std::string request;
  RiseFall verdict;
  rt::Event wake;  ///< the next check is due now
  rt::Cancellation gone;

  void end() {
    addresses->stop();
    gone.request();
    wake.set();  // also when it is not waiting just now
  }
};

HealthChecker::HealthChecker(rt::Loop& loop, rt::Dialer& dialer, rt::Resolver& resolver,
                             std::shared_ptr<Shared> shared, std::uint64_t seed)
    : loop_(loop), dialer_(dialer), resolver_(resolver), shared_(std::move(shared)), jitter_(seed) {}

HealthChecker::~HealthChecker() = default;

void HealthChecker::configure(Check& check, const policy::Upstream& upstream, const policy::Target& target) {
  check.settings = *upstream.health;
  check.tls = tls_of(upstream, target);
  check.tls_context = nullptr;
  if (check.tls.secure) check.tls_context = shared_->tls_context(upstream.name, check.tls.settings, dialer_);
  check.request = probe_request(check.settings, target);
}

std::shared_ptr<HealthChecker::Check> HealthChecker::make_check(const policy::Upstream& upstream,
                                                                const policy::Target& target) {
  auto check = std::make_shared<Check>(loop_);
  check->shared = shared_->target(upstream.name, target.url);
  check->addresses = std::make_shared<TargetAddresses>(loop_, resolver_, running_, check->shared, target);
  configure(*check, upstream, target);
  return check;
}

void HealthChecker::apply(const policy::Snapshot& snapshot) {
  std::map<Key, std::shared_ptr<Check>> next;
  for (const policy::Upstream& upstream : snapshot.upstreams) {
    if (!upstream.health) continue;
    for (const policy::Target& target : upstream.targets) {
      const Key key(upstream.name, target.url);
      if (next.contains(key)) continue;
      const auto known = checks_.find(key);
      if (known != checks_.end()) {
        const Duration every = known->second->settings.every;
        configure(*known->second, upstream, target);
        if (known->second->settings.every != every) known->second->wake.set();
        next[key] = std::move(known->second);
        checks_.erase(known);
        continue;
      }
      std::shared_ptr<Check> check = make_check(upstream, target);
      next[key] = check;
      check->addresses->start();
      running_.spawn(watch, std::ref(*this), std::move(check));
    }
  }
  for (const auto& [key, check] : checks_) {
    check->end();
    check->shared->set_healthy(true, "no longer checked");
  }
  checks_ = std::move(next);
}

rt::Task<> HealthChecker::stop() {
  for (const auto& [key, check] : checks_) check->end();
  checks_.clear();
  resolver_.give_up();
  co_await running_.join();
}

Duration HealthChecker::with_jitter(Duration every) {
  const auto tenth = static_cast<std::uint64_t>(every.count()) / 10;
  return every - Duration(tenth) + Duration(jitter_.below(2 * tenth + 1));
}

rt::Task<> HealthChecker::watch(HealthChecker& self, std::shared_ptr<Check> check) {
  while (!check->gone.requested()) {
    const MonoTime started = self.loop_.now();
    const auto deadline = rt::Deadline::after(started, check->settings.timeout);
    // An unknown name is an unhealthy target by itself; it says nothing about the target's service.
    if (co_await check->addresses->wait(deadline, check->gone) == rt::IoStatus::Ok &&
        !check->gone.requested()) {
      DialTo to{check->addresses->list(), check->addresses->next_turn(), check->tls_context,
                check->tls.server_name};
      const ProbeResult result =
          co_await probe(self.loop_, self.dialer_, std::move(to), check->request, deadline, check->gone);
      if (check->gone.requested()) break;
      if (result.vote != ProbeResult::Vote::None) {
        const bool healthy = check->verdict.feed(result.vote == ProbeResult::Vote::Good, check->settings.rise,
                                                 check->settings.fall);
        check->shared->set_healthy(healthy, result.reason);
      }
    }
    if (check->gone.requested()) break;
    const rt::Cancellation::Attached attached(check->gone, check->wake);
    const auto due = rt::Deadline::after(started, self.with_jitter(check->settings.every));
    static_cast<void>(co_await check->wake.wait(due));
    check->wake.reset();
  }
}

}  // namespace reeve::upstream
