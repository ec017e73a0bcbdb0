// SPDX-License-Identifier: Apache-2.0
// What one seed draws for itself before it begins: which faults happen and how often, what clients and
// upstreams are like, how the gateway is configured. Most faults are off in most seeds, since one fault
// everywhere hides the others. A weight is relative to the others of its list; a fault is counted of 1,000.
#pragma once

#include <array>
#include <cstdint>

#include "sim/world.h"

namespace reeve::sim {

/// How an upstream deals with one request.
enum class Deed : std::uint8_t {
  Length,   ///< Content-Length
  Chunked,  ///< odd splits, now and then extensions and trailers
  UntilClose,
  Interim,        ///< 103 and its like first
  Early,          ///< answers before it has read the body
  Unavailable,    ///< 503, 502 or 504
  NoContent,      ///< 204 or 304
  CloseLater,     ///< a whole answer, then closes without having said so
  Short,          ///< closes before the announced end
  ShortChunked,   ///< closes between two chunks
  Surplus,        ///< bytes behind the end
  Malformed,      ///< no HTTP/1.1
  Contradictory,  ///< two framings at once
  UnaskedSwitch,  ///< 101 to a request that did not ask
  InterimFlood,
  Silence,
  ResetHead,    ///< resets before any answer
  ResetBody,    ///< resets in the body
  CloseAtOnce,  ///< closes when the request has come
  kCount,
};

enum class ClientKind : std::uint8_t {
  KeepAlive,
  Pipelining,
  Impatient,  ///< goes away at some point
  Slow,       ///< sends and reads in drips
  Uploading,
  Expecting,  ///< waits for 100 (Continue)
  Old,        ///< HTTP/1.0
  Tunnelling,
  Rude,  ///< what is no request, or two at once to two readers
  kCount,
};

struct Swarm {
  explicit Swarm(Prng prng);

  template <class Kind>
  using Weights = std::array<std::uint32_t, static_cast<std::size_t>(Kind::kCount)>;
  Weights<Deed> deeds{};
  Weights<ClientKind> clients{};

  // --- the network; of 1,000 connections ---
  std::uint32_t resets = 0;
  std::uint32_t stalls = 0;
  std::uint32_t swallows = 0;
  std::uint32_t short_operations = 0;
  std::uint32_t narrow = 0;  ///< little room and a low rate: slow readers
  Duration latency_max{0};
  Duration stall_max{0};

  // --- dialling; of 1,000 ---
  std::uint32_t refused = 0;
  std::uint32_t unreachable = 0;
  std::uint32_t dial_swallowed = 0;
  std::uint32_t dial_slow = 0;
  std::uint32_t names_fail = 0;

  // --- the reactors ---
  std::uint32_t hiccups = 0;  ///< of 10,000 turns
  Duration hiccup_max{0};

  // --- the run ---
  std::uint32_t client_count = 50;
  Duration reload_pause_max{0};
  Duration think_max{0};
  std::uint64_t body_max = 0;      ///< of ordinary bodies
  std::uint32_t large_bodies = 0;  ///< of 1,000
  Duration server_idle_max{0};
  Duration server_pause_max{0};  ///< between pieces of an answer
  std::uint64_t configuration_seed = 0;
  bool calmed = false;

  /// Nothing goes wrong any more.
  void calm();
};

/// An index drawn by weight.
template <class Kind>
Kind draw(Prng& prng, const Swarm::Weights<Kind>& weights) {
  std::uint64_t sum = 0;
  for (const std::uint32_t weight : weights) sum += weight;
  std::uint64_t rest = prng.below(sum);
  std::size_t index = 0;
  while (rest >= weights[index]) rest -= weights[index++];
  return static_cast<Kind>(index);
}

}  // namespace reeve::sim
