// SPDX-License-Identifier: Apache-2.0
#include "upstream/pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/inline_vector.h"
#include "policy/target_choice.h"

namespace reeve::upstream {

namespace {

constexpr std::size_t kWaitersMax = 1024;
// Places are also freed on other reactors, which do not know who waits here.
constexpr Duration kPollPause = std::chrono::milliseconds(2);
constexpr std::uint32_t kServedInARowMax = 8;

constexpr Error kTooManyWait{Code::Overloaded, Fault::Gateway, Sent::Nothing,
                             "too many requests wait for a connection to the target"};
constexpr Error kNoPlace{Code::Overloaded, Fault::Gateway, Sent::Nothing,
                         "no connection to the target became free in time"};

}  // namespace

TargetPool::TargetPool(rt::Loop& loop, std::shared_ptr<SharedTarget> shared,
                       std::shared_ptr<TargetAddresses> addresses, TargetTls tls,
                       std::shared_ptr<rt::TlsClientContext> tls_context)
    : loop_(loop),
      shared_(std::move(shared)),
      addresses_(std::move(addresses)),
      tls_(std::move(tls)),
      tls_context_(std::move(tls_context)) {}

TargetPool::~TargetPool() {
  close_kept();
  addresses_->stop();
}

void TargetPool::configure(const policy::Upstream& upstream, Siblings siblings, std::uint32_t index) {
  retired_ = false;
  max_ = upstream.connections_max;
  keep_ = upstream.connections_keep;
  ejection_ = upstream.ejection;
  siblings_ = std::move(siblings);
  index_ = index;
  addresses_->start();
}

void TargetPool::retire() {
  retired_ = true;
  close_kept();
  addresses_->stop();
}

// --- kept connections ---

bool TargetPool::fit_to_keep(const Connection& connection) const {
  return !retired_ && connection.reader.body_done() && !connection.reader.has_bytes() &&
         connection.stream->quiet() && addresses_->holds(connection.endpoint);
}

std::unique_ptr<Connection> TargetPool::take_kept(Use use, std::shared_ptr<TargetPool> self) {
  const MonoTime now = loop_.now();
  while (!kept_.empty()) {
    const Connection& newest = *kept_.back();
    const Duration idle = now - newest.idle_since;
    const Duration lives = shared_->keep_alive(now);
    const bool quiet = newest.stream->quiet();
    if (!quiet) shared_->keep_alive_seen(idle, now);
    if (!quiet || idle >= lives || !addresses_->holds(newest.endpoint)) {
      close_kept_at(kept_.size() - 1);
      continue;
    }
    // The others have been idle for longer still.
    if (use == Use::NonIdempotent && idle >= lives / 2) return nullptr;
    std::unique_ptr<Connection> taken = std::move(kept_.back());
    kept_.pop_back();
    shared_->give_kept();
    taken->pool = std::move(self);
    return taken;
  }
  return nullptr;
}

void TargetPool::give_back(std::unique_ptr<Connection> connection) {
  if (!fit_to_keep(*connection)) return;
  connection->reused = true;
  connection->idle_since = loop_.now();
  if (!waiters_.empty()) {
    if (leave_to_others()) return;  // closing it gives its place
    Waiter* waiter = next_waiter();
    waiter->connection = std::move(connection);
    waiter->served.set();
    return;
  }
  // Closed instead of kept: requests of other reactors wait for its place.
  if (shared_->waiting() != 0) return;
  keep(std::move(connection));
}

void TargetPool::keep(std::unique_ptr<Connection> connection) {
  if (!shared_->take_kept(keep_)) return;
  static_cast<void>(connection->reader.take_rest());  // a kept connection holds no block
  connection->pool.reset();
  kept_.push_back(std::move(connection));
}

void TargetPool::close_kept_at(std::size_t index) {
  kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(index));
  shared_->give_kept();
  give_place();
}

bool TargetPool::close_oldest() {
  if (kept_.empty()) return false;
  close_kept_at(0);
  return true;
}

bool TargetPool::reap() {
  const MonoTime now = loop_.now();
  const Duration lives = shared_->keep_alive(now);
  std::uint32_t wanted = shared_->waiting();
  const std::size_t closed = std::erase_if(kept_, [&](const std::unique_ptr<Connection>& connection) {
    const Duration idle = now - connection->idle_since;
    if (!connection->stream->quiet()) {
      shared_->keep_alive_seen(idle, now);
      return true;
    }
    if (idle >= lives) return true;
    if (wanted == 0) return false;
    --wanted;
    return true;
  });
  for (std::size_t i = 0; i < closed; ++i) {
    shared_->give_kept();
    give_place();
  }
  return !kept_.empty();
}

void TargetPool::close_kept() {
  while (!kept_.empty()) close_kept_at(kept_.size() - 1);
}

// --- places ---

bool TargetPool::take_place() {
  if (!waiters_.empty()) return false;
  if (shared_->take_place(max_)) return true;
  // Kept connections that this request could not use must not keep it out.
  while (close_oldest())
    if (shared_->take_place(max_)) return true;
  return false;
}

void TargetPool::give_place() {
  shared_->give_place();
  serve_waiters();
}

/// Requests of other reactors find a free place only by looking; if this one always served its own first,
/// they would wait for ever.
bool TargetPool::leave_to_others() const {
  return served_in_a_row_ >= kServedInARowMax && shared_->waiting() > waiters_.size();
}

TargetPool::Waiter* TargetPool::next_waiter() {
  Waiter* first = waiters_.front();
  waiters_.pop_front();
  shared_->wait_ends();
  ++served_in_a_row_;
  return first;
}

void TargetPool::serve_waiters() {
  if (waiters_.empty()) return;
  if (leave_to_others()) {
    served_in_a_row_ = 0;
    poll_later();
  } else {
    poll();
  }
}

void TargetPool::poll() {
  while (!waiters_.empty() && shared_->take_place(max_)) next_waiter()->served.set();
  if (!waiters_.empty()) poll_later();
}

void TargetPool::poll_later() {
  if (!poll_.armed()) loop_.timers().arm(poll_, loop_.now() + kPollPause);
}

rt::Task<Result<std::unique_ptr<Connection>>> TargetPool::wait_for_place(rt::Deadline deadline,
                                                                         rt::Cancellation& cancellation) {
  if (waiters_.size() >= kWaitersMax) co_return std::unexpected(kTooManyWait);
  Waiter waiter(loop_);
  const auto queued = waiters_.insert(waiters_.end(), &waiter);
  shared_->wait_begins();
  poll_later();

  rt::IoStatus status;
  {
    const rt::Cancellation::Attached attached(cancellation, waiter.served);
    status = co_await waiter.served.wait(deadline);
  }
  if (status != rt::IoStatus::Ok) {
    waiters_.erase(queued);
    shared_->wait_ends();
    if (waiters_.empty()) poll_.disarm();
    co_return std::unexpected(status == rt::IoStatus::Cancelled ? kCancelled : kNoPlace);
  }
  if (cancellation.requested()) {  // served and cancelled in the same turn
    if (waiter.connection) {
      give_back(std::move(waiter.connection));
    } else {
      give_place();
    }
    co_return std::unexpected(kCancelled);
  }
  co_return std::move(waiter.connection);
}

// --- attempts ---

void TargetPool::end(Outcome outcome) {
  shared_->end();
  if (outcome == Outcome::None) return;
  if (outcome == Outcome::Success) {
    shared_->succeeded();
    return;
  }
  const std::uint32_t in_a_row = shared_->failed();
  if (ejection_ && in_a_row >= ejection_->failures) consider_ejection(in_a_row, loop_.now());
}

void TargetPool::consider_ejection(std::uint32_t in_a_row, MonoTime now) {
  // Another reactor is at it: the next failure asks again.
  if (shared_->ejected(now) || shared_->ejecting().test_and_set(std::memory_order_acquire)) return;
  InlineVector<policy::TargetState, 64> states;
  for (const std::shared_ptr<SharedTarget>& sibling : *siblings_)
    states.push_back(
        {.available = sibling->healthy() && sibling->name_known(), .ejected = sibling->ejected(now)});
  if (policy::may_eject(*ejection_, {states.begin(), states.size()}, index_)) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(ejection_->duration);
    shared_->eject(now + ejection_->duration, fmt::format("ejected for {} ms after {} failures in a row",
                                                          milliseconds.count(), in_a_row));
  }
  // Release, with the acquire above: the next to decide sees this ejection.
  shared_->ejecting().clear(std::memory_order_release);
}

}  // namespace reeve::upstream
