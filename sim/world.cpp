// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace reeve::sim {

namespace {

// Far from zero, as clocks of real machines are.
constexpr MonoTime kStart{std::chrono::hours(1)};
// 24 November 2026, 09:58: an hour ends soon.
constexpr WallTime kWallStart{std::chrono::seconds(1'795'514'280)};

}  // namespace

World::World(std::uint64_t seed, bool verbose)
    : clock_{kStart, kWallStart}, start_(kStart), seeds_(seed * 0x9e3779b97f4a7c15u + 1), verbose_(verbose) {}

bool World::later(const Event& a, const Event& b) {
  return a.when != b.when ? a.when > b.when : a.sequence > b.sequence;
}

void World::at(MonoTime when, Callback what) {
  if (free_places_.empty()) {
    free_places_.push_back(callbacks_.size());
    callbacks_.emplace_back();
  }
  const std::size_t place = free_places_.back();
  free_places_.pop_back();
  callbacks_[place] = std::move(what);
  queue_.push_back({std::max(when, now()), sequence_++, place});
  std::ranges::push_heap(queue_, later);
}

bool World::step() {
  if (queue_.empty()) return false;
  std::ranges::pop_heap(queue_, later);
  const Event event = queue_.back();
  queue_.pop_back();
  clock_.wall += event.when - clock_.mono;
  clock_.mono = event.when;
  Callback what = std::exchange(callbacks_[event.place], {});
  free_places_.push_back(event.place);
  what();
  return true;
}

bool World::run_until(const std::function<bool()>& done, MonoTime limit) {
  while (!done())
    if (queue_.empty() || queue_.front().when > limit || !step()) return false;
  return true;
}

void World::trace(const char* what, std::uint64_t a, std::uint64_t b) {
  const auto mix = [this](std::uint64_t value) {
    hash_ = (hash_ ^ value) * 0x100000001b3u;
    hash_ ^= hash_ >> 29;
  };
  for (const char* c = what; *c != '\0'; ++c) mix(static_cast<unsigned char>(*c));
  mix(static_cast<std::uint64_t>((now() - start_).count()));
  mix(a);
  mix(b);
  Noted& noted = noted_[noted_count_++ % kRemembered];
  noted = {now(), what, a, b};
  if (verbose_) std::fputs(line(noted).c_str(), stdout);
}

std::string World::line(const Noted& noted) const {
  const double seconds = std::chrono::duration<double>(noted.when - start_).count();
  return fmt::format("{:12.6f}  {:<28} {} {}\n", seconds, noted.what, noted.a, noted.b);
}

std::string World::last_events() const {
  std::string text;
  const std::uint64_t count = std::min<std::uint64_t>(noted_count_, kRemembered);
  for (std::uint64_t i = noted_count_ - count; i < noted_count_; ++i) text += line(noted_[i % kRemembered]);
  return text;
}

}  // namespace reeve::sim
