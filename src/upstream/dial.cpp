// SPDX-License-Identifier: Apache-2.0
#include "upstream/dial.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace reeve::upstream {

namespace {

// An address that swallows packets must leave time for the others; less than this would be no chance.
constexpr Duration kShareMin = std::chrono::milliseconds(250);

bool another_may_help(rt::IoStatus failure) {
  return failure != rt::IoStatus::Cancelled && failure != rt::IoStatus::NoDescriptors;
}

}  // namespace

TargetTls tls_of(const policy::Upstream& upstream, const policy::Target& target) {
  if (!target.secure) return {};
  const policy::UpstreamTls& tls = upstream.tls;
  return {.secure = true,
          .settings = {.ca_pem = tls.ca_pem,
                       .verify = tls.verify,
                       .cert_pem = tls.cert_pem,
                       .key_pem = tls.key_pem},
          .server_name = tls.server_name.empty() ? target.host : tls.server_name};
}

rt::Task<rt::IoResult<Dialled>> dial_in_turn(rt::Loop& loop, rt::Dialer& dialer, DialTo to,
                                             rt::Deadline deadline, rt::Cancellation& cancellation) {
  const std::size_t count = to.addresses->size();
  rt::IoStatus failure = rt::IoStatus::Unreachable;
  for (std::size_t i = 0; i < count; ++i) {
    const Endpoint& endpoint = (*to.addresses)[(to.first + i) % count];
    const auto share = (deadline.at - loop.now()) / static_cast<std::int64_t>(count - i);
    const auto until = rt::Deadline::earlier(deadline, {loop.now() + std::max<Duration>(share, kShareMin)});
    rt::Dialer::Target target{endpoint, to.tls.get(), to.server_name};
    rt::IoResult<std::unique_ptr<rt::Stream>> stream =
        co_await dialer.dial(std::move(target), until, &cancellation);
    if (stream) co_return Dialled{std::move(*stream), endpoint};
    failure = stream.error();
    if (!another_may_help(failure) || deadline.passed(loop.now())) break;
  }
  co_return std::unexpected(failure);
}

}  // namespace reeve::upstream
