// SPDX-License-Identifier: Apache-2.0
#include "policy/weights.h"

namespace reeve::policy {

std::uint32_t choose_share(const ToUpstream& shares, std::uint64_t random) {
  if (shares.shares.size() == 1) return shares.shares[0].upstream;
  std::uint64_t left =
      static_cast<std::uint64_t>((static_cast<unsigned __int128>(random) * shares.total_weight) >> 64);
  for (const ToUpstream::Share& share : shares.shares) {
    if (left < share.weight) return share.upstream;
    left -= share.weight;
  }
  return shares.shares.back().upstream;
}

EffectiveTimeouts effective_timeouts(const Route& route, const Upstream& upstream) {
  using std::chrono::seconds;
  const auto first = [](std::optional<Duration> a, std::optional<Duration> b, std::optional<Duration> c,
                        Duration d) {
    return a ? *a : b ? *b : c ? *c : d;
  };
  const Timeouts& own = route.timeout;
  const Timeouts& wide = route.fallback_timeout;
  return {.response = first(own.response, upstream.response_timeout, wide.response, seconds(30)),
          .idle = first(own.idle, upstream.idle_timeout, wide.idle, seconds(60)),
          .total = own.total ? own.total : wide.total};
}

}  // namespace reeve::policy
