// SPDX-License-Identifier: Apache-2.0
#include "upstream/addresses.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace reeve::upstream {

namespace {

constexpr Duration kQueryTimeout = std::chrono::seconds(5);
// A TTL of 0 must not become a query for every connection, one of a week must not outlast a move.
constexpr Duration kTtlMin = std::chrono::seconds(5);
constexpr Duration kTtlMax = std::chrono::hours(1);
constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::seconds(30);

TargetAddresses::List only(Endpoint endpoint) {
  return std::make_shared<const std::vector<Endpoint>>(1, std::move(endpoint));
}

}  // namespace

TargetAddresses::TargetAddresses(rt::Loop& loop, rt::Resolver& resolver, rt::Scope& scope,
                                 std::shared_ptr<SharedTarget> shared, const policy::Target& target)
    : loop_(loop), resolver_(resolver), scope_(scope), shared_(std::move(shared)), port_(target.port) {
  if (!target.unix_path.empty()) {
    list_ = only(UnixEndpoint{target.unix_path});
  } else if (const auto literal = IpAddress::parse(target.host)) {
    list_ = only(IpEndpoint{*literal, port_});
  } else {
    host_ = target.host;
  }
}

void TargetAddresses::start() {
  if (active_ || host_.empty()) return;
  active_ = true;
  pause_ = kFirstPause;
  ask();
}

void TargetAddresses::stop() {
  active_ = false;
  refresh_.disarm();
}

bool TargetAddresses::holds(const Endpoint& endpoint) const {
  return list_ != nullptr && std::ranges::find(*list_, endpoint) != list_->end();
}

void TargetAddresses::ask() {
  if (asking_) return;
  asking_ = true;
  scope_.spawn(query, shared_from_this());
}

rt::Task<> TargetAddresses::query(std::shared_ptr<TargetAddresses> self) {
  const rt::IoResult<rt::ResolvedName> answer =
      co_await self->resolver_.resolve(self->host_, rt::Deadline::after(self->loop_.now(), kQueryTimeout));
  self->asking_ = false;
  if (answer) {
    self->learned(*answer);
  } else {
    self->failed_with(answer.error());
  }
  for (rt::Event* waiter : self->waiting_) waiter->set();
}

void TargetAddresses::learned(const rt::ResolvedName& answer) {
  std::vector<Endpoint> endpoints;
  endpoints.reserve(answer.addresses.size());
  for (const IpAddress& address : answer.addresses) endpoints.emplace_back(IpEndpoint{address, port_});
  list_ = std::make_shared<const std::vector<Endpoint>>(std::move(endpoints));
  failure_ = rt::IoStatus::Ok;
  pause_ = kFirstPause;
  shared_->set_name(SharedTarget::Name::Known, "the name resolves");
  ask_again_after(std::clamp(answer.ttl, kTtlMin, kTtlMax));
}

void TargetAddresses::failed_with(rt::IoStatus status) {
  failure_ = status;
  if (status == rt::IoStatus::Cancelled) return;  // the resolver is being shut down
  if (list_ != nullptr) {
    shared_->set_name(SharedTarget::Name::Old, "the name no longer resolves; its last addresses stay in use");
  } else {
    shared_->set_name(SharedTarget::Name::Unknown, rt::describe(status));
  }
  ask_again_after(pause_);
  pause_ = std::min(2 * pause_, kLongestPause);
}

void TargetAddresses::ask_again_after(Duration pause) {
  if (active_) loop_.timers().arm(refresh_, loop_.now() + pause);
}

rt::Task<rt::IoStatus> TargetAddresses::wait(rt::Deadline deadline, rt::Cancellation& cancellation) {
  if (list_ != nullptr) co_return rt::IoStatus::Ok;
  if (!asking_ && failed()) co_return failure_;
  ask();
  if (list_ == nullptr && asking_) {
    rt::Event answered(loop_);
    const auto place = waiting_.insert(waiting_.end(), &answered);
    const rt::Cancellation::Attached attached(cancellation, answered);
    const rt::IoStatus ended = co_await answered.wait(deadline);
    waiting_.erase(place);
    if (ended != rt::IoStatus::Ok) co_return ended;
  }
  co_return list_ != nullptr ? rt::IoStatus::Ok : failure_;
}

}  // namespace reeve::upstream
