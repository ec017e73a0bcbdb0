// SPDX-License-Identifier: Apache-2.0
// From the route's upstream to a finished answer: choose a target, connect, send, read, and again as often as
// the rules allow (rules, 2, "Upstreams"). What may be tried again is asked of policy; what was sent is known
// here.
#include "base/ascii.h"
#include "policy/retry.h"
#include "policy/target_choice.h"
#include "policy/weights.h"
#include "proxy/attempt.h"
#include "proxy/relay.h"
#include "proxy/steps.h"
#include "proxy/upload.h"

namespace reeve::proxy {

namespace {

/// RFC 9110 9.2.2.
bool is_idempotent(http::Method method) {
  using enum http::Method;
  switch (method) {
    case Get:
    case Head:
    case Put:
    case Delete:
    case Options:
    case Trace:
      return true;
    default:
      return false;
  }
}

/// What the attempts of one request share.
struct Forwarding {
  Forwarding(Request& of, std::uint32_t index)
      : request(of),
        upstream(of.snapshot.upstreams[index]),
        bound(of.generation->upstreams[index]),
        timeouts(policy::effective_timeouts(*of.route, upstream)),
        idempotent(is_idempotent(of.head().method)),
        upload(of) {
    if (timeouts.total) total = rt::Deadline::after(of.exchange.started, *timeouts.total);
    if (upstream.balance == policy::Balance::Hash) hash = hash_of(of);
  }

  std::uint64_t hash_of(const Request& r) const {
    for (const http::FieldLine& line : r.head().fields)
      if (ascii::iequals(r.head().name(line), upstream.hash_header))
        return policy::hash_key(r.head().value(line));
    return policy::hash_key(r.client_text());  // a request without the header still keeps to one target
  }

  upstream::Use use() const { return idempotent ? upstream::Use::Idempotent : upstream::Use::NonIdempotent; }

  Request& request;
  const policy::Upstream& upstream;
  upstream::BoundUpstream& bound;
  policy::EffectiveTimeouts timeouts;
  bool idempotent;
  Upload upload;
  rt::Deadline total = rt::Deadline::never();
  std::uint64_t hash = 0;
  std::uint64_t tried = 0;  // a bit for each target
};

/// Begins an attempt and tells the target's counts how it ended, whatever way is taken out.
class Counted {
 public:
  Counted(upstream::Client& client, upstream::TargetPool& target) : client_(client), target_(target) {
    client_.begin(target_);
  }
  ~Counted() { client_.end(target_, outcome_); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  void failed(const Error& error) {
    if (error.fault != Fault::Upstream) {
      outcome_ = upstream::Outcome::None;  // says nothing about the target
      return;
    }
    switch (error.code) {
      case Code::UpstreamUnreachable:
        outcome_ = upstream::Outcome::ConnectFailure;
        break;
      case Code::UpstreamTimeout:
        outcome_ = upstream::Outcome::Timeout;
        break;
      default:
        outcome_ = upstream::Outcome::Malformed;
    }
  }
  void answered(std::uint16_t status) {
    if (status >= 502 && status <= 504) outcome_ = upstream::Outcome::ServerError;
  }

 private:
  upstream::Client& client_;
  upstream::TargetPool& target_;
  upstream::Outcome outcome_ = upstream::Outcome::Success;
};

bool end_of(rt::Deadline total, const Request& r) {
  return total.passed(r.exchange.loop.now());
}

/// A new connection; a kept one is taken without a Task.
rt::Task<Result<void>> connect(Forwarding& f, Attempt& attempt,
                               const std::shared_ptr<upstream::TargetPool>& target) {
  Request& r = f.request;
  const rt::Deadline deadline =
      rt::Deadline::earlier(rt::Deadline::after(r.exchange.loop.now(), f.upstream.connect_timeout), f.total);
  auto connected = co_await r.gateway.client().connect(target, deadline, r.exchange.cancellation);
  if (!connected) co_return std::unexpected(connected.error());
  attempt.connection = std::move(*connected);
  co_return Result<void>{};
}

/// One attempt on one target: up to the head of the answer. A kept connection that ended under the request is
/// replaced by a fresh one to the same target, which is no further attempt.
rt::Task<Result<void>> attempt_target(Forwarding& f, Attempt& attempt,
                                      const std::shared_ptr<upstream::TargetPool>& target) {
  Request& r = f.request;
  for (bool fresh = false;; fresh = true) {
    if (!fresh) attempt.connection = r.gateway.client().take_kept(target, f.use());
    if (attempt.connection == nullptr) {
      Result<void> connected = co_await connect(f, attempt, target);
      if (!connected) co_return connected;
    }
    if (r.exchange.cancellation.requested())
      co_return std::unexpected(Error{Code::ClientClosed, Fault::Client, Sent::Nothing, "the client left"});
    Result<void> sent;
    {
      rt::Cancellation::Attached attached(r.exchange.cancellation, *attempt.connection->stream);
      attempt.stale = false;
      sent = co_await send_and_read_head(r, f.upload, attempt, f.timeouts, f.total);
    }
    if (sent) co_return sent;
    if (f.upload.running()) co_await f.upload.stop();
    if (attempt.stale) r.gateway.client().went_stale(*attempt.connection);
    const bool again = attempt.stale && !f.upload.error() && f.upload.replayable() &&
                       policy::may_resend_on_fresh(f.idempotent, sent.error().sent);
    attempt.connection.reset();
    if (!again) co_return sent;
  }
}

/// The answer's way to the client, and the connection's way back into the pool.
rt::Task<Result<void>> deliver(Forwarding& f, Attempt& attempt) {
  Request& r = f.request;
  rt::Cancellation::Attached attached(r.exchange.cancellation, *attempt.connection->stream);
  if (attempt.head.status == 101) co_return co_await tunnel(r, attempt, f.timeouts.idle, f.total);
  const bool keep_alive = attempt.head.keep_alive;
  const std::uint32_t kept_for = attempt.head.keep_alive_timeout;
  Result<void> relayed = co_await relay_answer(r, attempt, f.timeouts.idle, f.total);
  const bool uploaded = f.upload.complete() && !f.upload.running();
  if (f.upload.running()) co_await f.upload.stop();
  const exchange::H1Reader& reader = attempt.connection->reader;
  if (relayed && uploaded && keep_alive && reader.body_done() && !reader.has_bytes())
    r.gateway.client().give_back(std::move(attempt.connection), kept_for);
  co_return relayed;
}

/// Bit of a target among those tried; beyond 64 targets they share bits, which only makes a choice less
/// varied.
std::uint64_t bit(int target) {
  return std::uint64_t{1} << (target & 63);
}

}  // namespace

rt::Task<Result<void>> forward(Request& r) {
  const auto& destination = std::get<policy::ToUpstream>(r.route->destination);
  Forwarding f(r, policy::choose_share(destination, r.gateway.prng().next()));
  Error last{Code::NoHealthyTarget, Fault::Upstream, Sent::Nothing, {}};
  bool any_target = false;
  for (std::uint32_t number = 1;; ++number) {
    const int chosen = r.gateway.client().choose(f.upstream, f.bound, f.hash, f.tried, any_target);
    if (chosen < 0) co_return std::unexpected(last);
    f.tried |= bit(chosen);
    const std::shared_ptr<upstream::TargetPool>& target = f.bound.targets[static_cast<std::size_t>(chosen)];
    r.target = &f.upstream.targets[static_cast<std::size_t>(chosen)];
    r.attempts = number;
    r.upstream_status = 0;
    r.upstream_started = r.exchange.loop.now();

    Attempt attempt;
    Counted counted(r.gateway.client(), *target);
    Result<void> answered = co_await attempt_target(f, attempt, target);
    policy::NextAttempt next = policy::NextAttempt::No;
    const bool may_repeat = f.upload.replayable() && !f.upload.error() && !end_of(f.total, r) &&
                            !r.exchange.cancellation.requested();
    if (!answered) {
      counted.failed(answered.error());
      last = answered.error();
      if (may_repeat)
        next = policy::may_try_next(f.upstream.retry, f.idempotent, number, f.upstream.targets.size(), last);
    } else {
      r.upstream_status = attempt.head.status;
      counted.answered(attempt.head.status);
      if (may_repeat)
        next = policy::may_try_next(f.upstream.retry, f.idempotent, number, f.upstream.targets.size(),
                                    attempt.head.status);
      // An answer that is there is better than none: only another target that exists is worth giving it up
      // for.
      if (next != policy::NextAttempt::No &&
          r.gateway.client().choose(f.upstream, f.bound, f.hash, f.tried,
                                    next == policy::NextAttempt::AnyTarget) < 0)
        next = policy::NextAttempt::No;
    }
    if (answered && next == policy::NextAttempt::No) {
      Result<void> delivered = co_await deliver(f, attempt);
      if (!delivered) counted.failed(delivered.error());
      r.upstream_duration = r.exchange.loop.now() - r.upstream_started;
      co_return delivered;
    }
    if (f.upload.running()) co_await f.upload.stop();
    r.upstream_duration = r.exchange.loop.now() - r.upstream_started;
    if (next == policy::NextAttempt::No) co_return std::unexpected(last);
    any_target = next == policy::NextAttempt::AnyTarget;
  }
}

}  // namespace reeve::proxy
