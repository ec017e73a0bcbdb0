// SPDX-License-Identifier: Apache-2.0
#include "sim/doors.h"

#include <algorithm>
#include <optional>

#include "rt/wait.h"
#include "sim/bodies.h"

namespace reeve::sim {

rt::Task<> pause(Reactor& reactor, Duration span) {
  rt::Event never(reactor.loop());
  static_cast<void>(co_await never.wait(rt::Deadline::after(reactor.loop().now(), span)));
}

SimDialer::SimDialer(Reactor& reactor, Network& network, const Swarm& swarm, Tap tap)
    : reactor_(reactor),
      network_(network),
      swarm_(swarm),
      tap_(std::move(tap)),
      prng_(reactor.world().fork()) {}

Duration SimDialer::draw_wait() {
  if (prng_.chance(swarm_.dial_swallowed, 1000)) return std::chrono::hours(1);
  if (prng_.chance(swarm_.dial_slow, 1000))
    return between(prng_, Duration(0), std::chrono::milliseconds(1500));
  return between(prng_, Duration(0), swarm_.latency_max);
}

rt::Task<rt::IoResult<std::unique_ptr<rt::Stream>>> SimDialer::dial(Target target, rt::Deadline deadline,
                                                                    rt::Cancellation* cancellation) {
  rt::Loop& loop = reactor_.loop();
  if (cancellation != nullptr && cancellation->requested())
    co_return std::unexpected(rt::IoStatus::Cancelled);
  const rt::Deadline done = rt::Deadline::after(loop.now(), draw_wait());
  const bool refused = prng_.chance(swarm_.refused, 1000);
  const bool unreachable = prng_.chance(swarm_.unreachable, 1000);
  {
    rt::Event never(loop);
    std::optional<rt::Cancellation::Attached> attached;
    if (cancellation != nullptr) attached.emplace(*cancellation, never);
    const rt::IoStatus waited = co_await never.wait(rt::Deadline::earlier(done, deadline));
    if (waited == rt::IoStatus::Cancelled) co_return std::unexpected(waited);
  }
  if (done.at > deadline.at) co_return std::unexpected(rt::IoStatus::TimedOut);
  if (refused) co_return std::unexpected(rt::IoStatus::Refused);
  if (unreachable) co_return std::unexpected(rt::IoStatus::Unreachable);
  const std::string endpoint = to_string(target.endpoint);
  std::unique_ptr<SimStream> stream = network_.dial(reactor_, endpoint);
  if (!stream) co_return std::unexpected(rt::IoStatus::Refused);
  stream->observe(tap_(stream->link().id(), endpoint));
  reactor_.world().trace("dialled", stream->link().id());
  co_return std::unique_ptr<rt::Stream>(std::move(stream));
}

SimResolver::SimResolver(Reactor& reactor, const Swarm& swarm)
    : reactor_(reactor), swarm_(swarm), prng_(reactor.world().fork()) {}

rt::Task<rt::IoResult<rt::ResolvedName>> SimResolver::resolve(std::string host, rt::Deadline deadline) {
  if (const auto literal = IpAddress::parse(host))
    co_return rt::ResolvedName{{*literal}, std::chrono::hours(24 * 365)};
  const Duration takes = between(prng_, Duration(0), std::chrono::milliseconds(20));
  const bool fails = prng_.chance(swarm_.names_fail, 1000);
  const std::uint64_t how = prng_.below(3);
  co_await pause(reactor_, std::min(takes, deadline.at - reactor_.loop().now()));
  reactor_.world().trace(fails ? "name fails" : "name", how);
  if (fails && how == 0) co_return std::unexpected(rt::IoStatus::NameNotFound);
  if (fails && how == 1) co_return std::unexpected(rt::IoStatus::NameFailed);
  if (fails) {
    co_await pause(reactor_, deadline.at - reactor_.loop().now());
    co_return std::unexpected(rt::IoStatus::TimedOut);
  }
  const std::optional<std::uint64_t> pool = number_of(std::string_view(host).substr(0, host.find('.')));
  if (!pool || !host.ends_with(".pool.sim")) co_return std::unexpected(rt::IoStatus::NameNotFound);
  rt::ResolvedName answer;
  const std::uint64_t some = between(prng_, 1, (1u << kAddresses) - 1);
  for (unsigned i = 0; i < kAddresses; ++i)
    if ((some >> i & 1) != 0)
      answer.addresses.push_back(
          IpAddress::v4({10, 200, static_cast<std::uint8_t>(*pool), static_cast<std::uint8_t>(i + 1)}));
  answer.ttl = std::chrono::seconds(between(prng_, 1, 30));
  co_return answer;
}

rt::Task<rt::IoStatus> SimOffload::run(std::move_only_function<void()> work) {
  work();
  co_await reactor_.loop().turn();
  co_return rt::IoStatus::Ok;
}

}  // namespace reeve::sim
