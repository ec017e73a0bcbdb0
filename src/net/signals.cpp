// SPDX-License-Identifier: Apache-2.0
#include "net/signals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <system_error>

namespace reeve::net {

namespace {

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : signals) ::sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_signals(std::initializer_list<int> signals) {
  const sigset_t set = set_of(signals);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

Signals::Signals(Reactor& reactor, std::initializer_list<int> signals, std::function<void(int)> on_signal)
    : reactor_(reactor), on_signal_(std::move(on_signal)) {
  const sigset_t set = set_of(signals);
  fd_ = UniqueFd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd_ || !reactor_.watch(fd_.get(), EPOLLIN, [this](std::uint32_t) { read(); }))
    throw std::system_error(errno, std::generic_category(), "signalfd");
}

Signals::~Signals() {
  reactor_.unwatch(fd_.get());
}

void Signals::read() {
  signalfd_siginfo info;
  // One a turn: level-triggered, the next comes by itself.
  if (::read(fd_.get(), &info, sizeof info) == sizeof info) on_signal_(static_cast<int>(info.ssi_signo));
}

}  // namespace reeve::net
