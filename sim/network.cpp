// SPDX-License-Identifier: Apache-2.0
#include "sim/network.h"

#include <algorithm>

namespace reeve::sim {

namespace {

// Where faults strike: mostly early, so that heads are met as often as bodies.
std::uint64_t fault_offset(Prng& prng) {
  const auto bits = between(prng, 0, 17);
  return prng.below((std::uint64_t{1} << bits) + 1) + 1;
}

}  // namespace

Network::Network(World& world, Reactor& outside, const Swarm& swarm)
    : world_(world), outside_(outside), swarm_(swarm), prng_(world.fork()) {}

WayTraits Network::draw_way() {
  WayTraits way;
  way.latency = between(prng_, std::chrono::microseconds(10), swarm_.latency_max);
  way.room = between(prng_, 8 * 1024, 128 * 1024);
  if (prng_.chance(swarm_.narrow, 1000)) {
    way.room = between(prng_, 512, 4096);
    way.bytes_per_second = between(prng_, 4'000, 200'000);
  }
  if (prng_.chance(swarm_.short_operations, 1000)) way.read_max = std::size_t{1} << between(prng_, 0, 11);
  if (prng_.chance(swarm_.short_operations, 1000)) way.write_max = std::size_t{1} << between(prng_, 0, 12);
  // Where heads and framing are; all of a large body in single bytes would only take long.
  constexpr std::uint64_t kShortOperations = 200;
  way.short_until = kShortOperations * std::min<std::uint64_t>({way.read_max, way.write_max, 4096});
  if (prng_.chance(swarm_.resets, 1000)) way.reset_after = fault_offset(prng_);
  if (prng_.chance(swarm_.swallows, 1000)) way.swallow_after = fault_offset(prng_);
  if (prng_.chance(swarm_.stalls, 1000)) {
    way.stall_after = fault_offset(prng_);
    way.stall = between(prng_, Duration(0), swarm_.stall_max);
  }
  return way;
}

Network::Pair Network::connect(Reactor& inner) {
  const std::array<WayTraits, 2> traits{draw_way(), draw_way()};
  auto link = std::make_shared<Link>(world_, links_.size(), traits, prng_.chance(1, 2));
  links_.push_back(link);
  Pair pair;
  pair.inner = std::make_unique<SimStream>(inner, link, 0, open_inner_);
  pair.outer = std::make_unique<SimStream>(outside_, link, 1, open_outer_);
  return pair;
}

std::unique_ptr<SimStream> Network::dial(Reactor& inner, const std::string& endpoint) {
  const auto found = listeners_.find(endpoint);
  if (found == listeners_.end()) return nullptr;
  Pair pair = connect(inner);
  outside_.post(
      [accept = found->second, stream = std::move(pair.outer)]() mutable { accept(std::move(stream)); });
  return std::move(pair.inner);
}

void Network::heal() {
  for (const std::weak_ptr<Link>& known : links_)
    if (const std::shared_ptr<Link> link = known.lock()) link->heal();
}

}  // namespace reeve::sim
