// SPDX-License-Identifier: Apache-2.0
#include "policy/target_choice.h"

#include <algorithm>
#include <cmath>

namespace reeve::policy {

namespace {

/// Which targets may be taken: the best class that has any.
class Candidates {
 public:
  Candidates(const Upstream& upstream, std::span<const TargetState> states,
             std::span<const std::uint32_t> tried)
      : states_(states.first(std::min(states.size(), upstream.targets.size()))), tried_(tried) {
    use_ejected_ =
        std::ranges::none_of(states_, [](const TargetState& s) { return s.available && !s.ejected; });
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(states_.size()); }
  bool operator()(std::uint32_t index) const {
    return states_[index].available && (use_ejected_ || !states_[index].ejected) &&
           std::ranges::find(tried_, index) == tried_.end();
  }

 private:
  std::span<const TargetState> states_;
  std::span<const std::uint32_t> tried_;
  bool use_ejected_ = false;
};

using Choice = std::optional<std::uint32_t>;

/// Smooth weighted round robin (nginx): everybody gains its weight, the richest pays the sum. With equal
/// weights it is plain rotation, with others the turns of a heavy target are spread out.
template <class Eligible>
Choice next_in_turn(const Upstream& upstream, std::uint32_t count, RoundRobinState& turn,
                    const Eligible& eligible) {
  if (turn.current.size() != count) turn.current.assign(count, 0);
  std::int64_t sum = 0;
  Choice best;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!eligible(i)) continue;
    turn.current[i] += upstream.targets[i].weight;
    sum += upstream.targets[i].weight;
    if (!best || turn.current[i] > turn.current[*best]) best = i;
  }
  if (best) turn.current[*best] -= sum;
  return best;
}

Choice least_busy(const Upstream& upstream, std::span<const TargetState> states, const Candidates& candidates,
                  RoundRobinState& turn) {
  // a/wa < b/wb without division.
  const auto compare = [&](std::uint32_t a, std::uint32_t b) {
    return std::uint64_t{states[a].in_flight} * upstream.targets[b].weight <=>
           std::uint64_t{states[b].in_flight} * upstream.targets[a].weight;
  };
  Choice best;
  for (std::uint32_t i = 0; i < candidates.size(); ++i)
    if (candidates(i) && (!best || compare(i, *best) < 0)) best = i;
  if (!best) return best;
  return next_in_turn(upstream, candidates.size(), turn,
                      [&](std::uint32_t i) { return candidates(i) && compare(i, *best) == 0; });
}

std::uint64_t scramble(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// Weighted rendezvous hashing: each target draws a number from key and identity, the highest wins. A target
/// that leaves takes only its own keys along; one that gains weight takes keys from all alike.
Choice by_hash(const Upstream& upstream, const Candidates& candidates, std::uint64_t key) {
  Choice best;
  double best_score = 0;
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    if (!candidates(i)) continue;
    const Target& target = upstream.targets[i];
    const std::uint64_t identity = target.identity != 0 ? target.identity : hash_key(target.url);
    const std::uint64_t drawn = scramble(key ^ scramble(identity)) >> 11;
    const double uniform = (static_cast<double>(drawn) + 0.5) * 0x1p-53;  // in (0, 1)
    const double score = -static_cast<double>(target.weight) / std::log(uniform);
    if (!best || score > best_score) {
      best = i;
      best_score = score;
    }
  }
  return best;
}

}  // namespace

Choice choose(const Upstream& upstream, std::span<const TargetState> states, RoundRobinState& turn,
              std::uint64_t hash_key, std::span<const std::uint32_t> tried) {
  const Candidates candidates(upstream, states, tried);
  switch (upstream.balance) {
    case Balance::RoundRobin:
      return next_in_turn(upstream, candidates.size(), turn, candidates);
    case Balance::LeastRequests:
      return least_busy(upstream, states, candidates, turn);
    case Balance::Hash:
      return by_hash(upstream, candidates, hash_key);
  }
  return std::nullopt;
}

std::uint64_t hash_key(std::string_view value) {
  std::uint64_t h = 0xcbf29ce484222325u;  // FNV-1a, then mixed: short values differ in few bits
  for (const char c : value) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return scramble(h ^ value.size());
}

bool may_eject(const Ejection& ejection, std::span<const TargetState> states, std::uint32_t target) {
  std::uint32_t ejected = 0;
  bool another = false;
  for (std::uint32_t i = 0; i < states.size(); ++i) {
    if (i == target) continue;
    if (states[i].ejected) ++ejected;
    if (states[i].available && !states[i].ejected) another = true;
  }
  const std::uint64_t share = std::uint64_t{states.size()} * ejection.max_share_percent / 100;
  return another && ejection.max_share_percent > 0 && ejected + 1 <= std::max<std::uint64_t>(1, share);
}

}  // namespace reeve::policy
