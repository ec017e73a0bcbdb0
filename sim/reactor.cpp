// SPDX-License-Identifier: Apache-2.0
#include "sim/reactor.h"

#include <algorithm>
#include <utility>

namespace reeve::sim {

Reactor::Reactor(World& world, Pace pace)
    : world_(world), pace_(pace), prng_(world.fork()), loop_(world.clock()), free_at_(world.now()) {}

std::uint64_t Reactor::attach(EventHandler& handler) {
  handlers_.push_back({&handler});
  return handlers_.size() - 1;
}

void Reactor::detach(std::uint64_t id) {
  handlers_[id].handler = nullptr;
}

void Reactor::notify(std::uint64_t id) {
  // However much has happened, one event tells of it.
  if (std::exchange(handlers_[id].notified, true)) return;
  notified_.push_back(id);
  wake();
}

void Reactor::defer(std::uint64_t id) {
  deferred_.push_back(id);
  wake();
}

void Reactor::post(std::move_only_function<void()> message) {
  mail_.push_back(std::move(message));
  wake();
}

void Reactor::wake() {
  if (turn_due_) return;
  turn_due_ = true;
  world_.at(free_at_, [this] { turn(); });
}

void Reactor::turn() {
  if (world_.now() < free_at_) {  // asked for in the middle of a turn that takes longer
    world_.at(free_at_, [this] { turn(); });
    return;
  }
  turn_due_ = false;
  loop_.begin_turn(world_.clock());
  std::vector<std::uint64_t> events;
  events.swap(notified_);
  for (const std::uint64_t id : events) {
    handlers_[id].notified = false;
    if (attached(id)) handlers_[id].handler->on_event();
  }
  std::vector<std::move_only_function<void()>> mail;
  mail.swap(mail_);
  for (auto& message : mail) message();
  settle();

  free_at_ = world_.now() + between(prng_, Duration(0), pace_.turn);
  if (pace_.hiccups != 0 && prng_.chance(pace_.hiccups, 10'000)) {
    free_at_ += between(prng_, Duration(0), pace_.hiccup_max);
    world_.trace("hiccup", static_cast<std::uint64_t>((free_at_ - world_.now()).count()));
  }
  if (busy_ || !notified_.empty() || !mail_.empty()) wake();
  wait_for_timers();
}

// As net::Reactor does it, with the same bound.
void Reactor::settle() {
  constexpr int kRounds = 8;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::uint64_t> deferred;
    deferred.swap(deferred_);
    for (const std::uint64_t id : deferred)
      if (attached(id)) handlers_[id].handler->on_deferred();
    busy_ = loop_.run_ready();
    if (deferred_.empty()) return;
  }
  busy_ = true;
}

void Reactor::wait_for_timers() {
  const auto next = loop_.timers().next();
  if (!next || *next >= timer_at_) return;
  const MonoTime due = std::max(*next, free_at_);
  timer_at_ = due;
  world_.at(due, [this, due] {
    if (timer_at_ != due) return;  // an earlier one has been set since
    timer_at_ = MonoTime::max();
    wake();
  });
}

}  // namespace reeve::sim
