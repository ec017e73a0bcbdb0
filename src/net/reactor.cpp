// SPDX-License-Identifier: Apache-2.0
// The turn: wait, read the clocks, fire timers, dispatch events, let deferred and ready work go on. Events go
// before ready coroutines, so that what became ready through them runs in the same turn.
#include "net/reactor.h"

#include <sys/eventfd.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/bug.h"

namespace reeve::net {

namespace {

Duration read(clockid_t clock) {
  timespec time;
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// Wall time is for people and expiry: a kernel tick (4 ms) behind is good enough for a quarter of the cost.
rt::Clock read_clock() {
  return {MonoTime(read(CLOCK_MONOTONIC)), WallTime(read(CLOCK_REALTIME_COARSE))};
}

UniqueFd checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return UniqueFd(fd);
}

}  // namespace

struct Reactor::Watch final : EventHandler {
  Watch(int number, FdCallback what) : fd(number), callback(std::move(what)) {}
  void on_events(std::uint32_t events) override { callback(events); }
  int fd;
  FdCallback callback;
  Registration registration;
};

Reactor::Reactor()
    : epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_fd_(checked(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")),
      loop_(read_clock()) {
  // Edge-triggered: every write is a new event, so the counter is never read.
  if (!attach(wake_fd_.get(), EPOLLIN | EPOLLET, wake_))
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

Reactor::~Reactor() = default;

void Reactor::run() {
  // Acquire: what was written before stop() is seen by who continues after run().
  while (!stop_.load(std::memory_order_acquire)) turn(Duration::max());
}

void Reactor::stop() {
  stop_.store(true, std::memory_order_release);
  wake();
}

void Reactor::wake() {
  const std::uint64_t one = 1;
  // Fails only with a full counter, and then an event is due anyway.
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_.get(), &one, sizeof one);
}

int Reactor::wait_milliseconds(Duration longest_wait) {
  if (busy_ || !deferred_.empty() || !loop_.idle()) return 0;
  Duration wait = longest_wait;
  if (const auto next = loop_.timers().next()) wait = std::min(wait, *next - loop_.now());
  if (wait <= Duration(0)) return 0;
  constexpr Duration kLongest = std::chrono::hours(1);
  // Rounded up: waking before the tick would only spin.
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(std::min(wait, kLongest)).count());
}

void Reactor::turn(Duration longest_wait) {
  const int count =
      ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(kBatch), wait_milliseconds(longest_wait));
  loop_.begin_turn(read_clock());
  for (int i = 0; i < count; ++i) dispatch(events_[static_cast<std::size_t>(i)]);
  settle();
  ended_watches_.clear();
  measure_lag();
}

void Reactor::dispatch(const epoll_event& event) {
  const Registration registration{static_cast<std::uint32_t>(event.data.u64),
                                  static_cast<std::uint32_t>(event.data.u64 >> 32)};
  if (!attached(registration)) return;  // ended by an earlier event of this batch
  slots_[registration.slot].handler->on_events(event.events);
}

void Reactor::settle() {
  constexpr int kRounds = 8;  // then the kernel is asked again, lest two that wake each other keep the turn
  for (int round = 0; round < kRounds; ++round) {
    run_deferred();
    busy_ = loop_.run_ready();
    if (deferred_.empty()) return;
  }
  busy_ = true;
}

void Reactor::run_deferred() {
  deferred_now_.swap(deferred_);
  for (const Registration registration : deferred_now_) {
    if (attached(registration)) slots_[registration.slot].handler->on_deferred();
  }
  deferred_now_.clear();
}

void Reactor::post(std::move_only_function<void()> message) {
  bool first;
  {
    const std::lock_guard lock(mail_mutex_);
    first = mail_.empty();
    mail_.push_back(std::move(message));
  }
  if (first) wake();  // later ones are taken along by the same turn
}

void Reactor::run_mail() {
  {
    const std::lock_guard lock(mail_mutex_);
    mail_now_.swap(mail_);
  }
  for (auto& message : mail_now_) message();
  mail_now_.clear();
}

Registration Reactor::take_slot(EventHandler& handler) {
  if (free_slot_ == kNoSlot) {
    free_slot_ = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back({nullptr, 1, kNoSlot});
  }
  const std::uint32_t index = free_slot_;
  Slot& slot = slots_[index];
  free_slot_ = slot.next_free;
  slot.handler = &handler;
  return {index, slot.generation};
}

Registration Reactor::attach(int fd, std::uint32_t events, EventHandler& handler) {
  const Registration registration = take_slot(handler);
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{registration.generation} << 32 | registration.slot;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return registration;
  const int error = errno;
  detach(registration);
  errno = error;
  return {};
}

void Reactor::detach(Registration registration) {
  if (!registration) return;
  Slot& slot = slots_[registration.slot];
  if (slot.generation != registration.generation) {
    RV_BUG("a registration was ended twice");
    return;
  }
  slot.handler = nullptr;
  if (++slot.generation == 0) slot.generation = 1;
  slot.next_free = free_slot_;
  free_slot_ = registration.slot;
}

void Reactor::withdraw(int fd, Registration registration) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  detach(registration);
}

bool Reactor::watch(int fd, std::uint32_t events, FdCallback callback) {
  auto watch = std::make_unique<Watch>(fd, std::move(callback));
  watch->registration = attach(fd, events, *watch);
  if (!watch->registration) return false;
  watches_.push_back(std::move(watch));
  return true;
}

void Reactor::modify(int fd, std::uint32_t events) {
  const auto found = std::ranges::find(watches_, fd, [](const auto& watch) { return watch->fd; });
  if (found == watches_.end()) return;
  const Registration registration = (*found)->registration;
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{registration.generation} << 32 | registration.slot;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void Reactor::unwatch(int fd) {
  const auto found = std::ranges::find(watches_, fd, [](const auto& watch) { return watch->fd; });
  if (found == watches_.end()) return;
  withdraw(fd, (*found)->registration);
  ended_watches_.push_back(std::move(*found));
  *found = std::move(watches_.back());
  watches_.pop_back();
}

void Reactor::measure_lag() {
  // The coarse clock costs 5 ns a turn; the exact one is read only in turns in which the kernel's tick
  // passed: all the long ones, and of the short ones a fair sample.
  if (MonoTime(read(CLOCK_MONOTONIC_COARSE)) <= loop_.now()) return;
  const Duration lag = MonoTime(read(CLOCK_MONOTONIC)) - loop_.now();
  lag_last_.store(lag.count(), std::memory_order_relaxed);
  if (lag.count() > lag_max_.load(std::memory_order_relaxed))
    lag_max_.store(lag.count(), std::memory_order_relaxed);
}

Reactor::Lag Reactor::lag() const {
  return {Duration(lag_last_.load(std::memory_order_relaxed)),
          Duration(lag_max_.load(std::memory_order_relaxed))};
}

void Reactor::reset_lag() {
  lag_max_.store(0, std::memory_order_relaxed);
}

}  // namespace reeve::net
