// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm.h"

namespace reeve::sim {

namespace {

constexpr Duration kMillisecond = std::chrono::milliseconds(1);
constexpr Duration kSecond = std::chrono::seconds(1);

/// Off in half of the seeds, else up to `most`.
std::uint32_t sometimes(Prng& prng, std::uint32_t most) {
  if (prng.chance(1, 2)) return 0;
  return static_cast<std::uint32_t>(1 + prng.below(most));
}

}  // namespace

Swarm::Swarm(Prng prng) {
  for (std::size_t i = 0; i < deeds.size(); ++i) {
    const bool fault = i >= static_cast<std::size_t>(Deed::Early);
    deeds[i] = fault ? sometimes(prng, 12) : static_cast<std::uint32_t>(20 + prng.below(60));
  }
  for (std::uint32_t& weight : clients) weight = static_cast<std::uint32_t>(1 + prng.below(10));
  clients[static_cast<std::size_t>(ClientKind::Rude)] = sometimes(prng, 4);
  clients[static_cast<std::size_t>(ClientKind::Impatient)] = sometimes(prng, 8);

  resets = sometimes(prng, 120);
  stalls = sometimes(prng, 80);
  swallows = sometimes(prng, 30);
  short_operations = sometimes(prng, 600);
  narrow = sometimes(prng, 200);
  latency_max = between(prng, 10 * kMillisecond / 100, 40 * kMillisecond);
  stall_max = between(prng, 50 * kMillisecond, 40 * kSecond);

  refused = sometimes(prng, 100);
  unreachable = sometimes(prng, 50);
  dial_swallowed = sometimes(prng, 40);
  dial_slow = sometimes(prng, 200);
  names_fail = sometimes(prng, 300);

  hiccups = sometimes(prng, 60);
  hiccup_max = between(prng, kMillisecond, 200 * kMillisecond);

  client_count = static_cast<std::uint32_t>(between(prng, 50, 80));
  reload_pause_max = between(prng, 100 * kMillisecond, 3 * kSecond);
  think_max = between(prng, Duration(0), 300 * kMillisecond);
  body_max = between(prng, 16, 12'000);
  large_bodies = sometimes(prng, 20);
  server_idle_max = between(prng, kSecond, 40 * kSecond);
  server_pause_max = between(prng, Duration(0), 40 * kMillisecond);
  configuration_seed = prng.next();
}

void Swarm::calm() {
  for (std::size_t i = static_cast<std::size_t>(Deed::Early); i < deeds.size(); ++i) deeds[i] = 0;
  clients[static_cast<std::size_t>(ClientKind::Rude)] = 0;
  clients[static_cast<std::size_t>(ClientKind::Impatient)] = 0;
  resets = stalls = swallows = narrow = 0;
  refused = unreachable = dial_swallowed = dial_slow = names_fail = hiccups = 0;
  server_idle_max = std::chrono::hours(1);
  server_pause_max = Duration(0);
  calmed = true;
}

}  // namespace reeve::sim
