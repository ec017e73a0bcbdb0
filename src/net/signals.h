// SPDX-License-Identifier: Apache-2.0
// Signals as events of the control reactor: blocked in every thread, read from one signalfd. What a signal
// means (stop, reload) is app's business.
#pragma once

#include <functional>
#include <initializer_list>

#include "net/reactor.h"
#include "net/unique_fd.h"

namespace reeve::net {

/// Blocks these for the calling thread and all that it starts, and ignores SIGPIPE. First thing in main().
void block_signals(std::initializer_list<int> signals);

class Signals {
 public:
  /// `on_signal` is called on the reactor's thread. The signals are blocked already. Throws
  /// std::system_error.
  Signals(Reactor& reactor, std::initializer_list<int> signals, std::function<void(int signal)> on_signal);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void read();

  Reactor& reactor_;
  std::function<void(int)> on_signal_;
  UniqueFd fd_;
};

}  // namespace reeve::net
