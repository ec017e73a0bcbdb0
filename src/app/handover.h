// SPDX-License-Identifier: Apache-2.0
// The running process's side of an upgrade: waits on <data>/upgrade.sock, passes listening sockets and the
// lock to the process that asks, and tells its owner when that one serves. Control thread. What draining is
// belongs to the owner.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/handover_message.h"
#include "control/control.h"
#include "net/listener.h"
#include "net/reactor.h"
#include "rt/scope.h"
#include "rt/wait.h"

namespace reeve::app {

class Handover {
 public:
  struct Doors {
    control::Turns& turns;  ///< nothing is reloaded while sockets are being passed
    control::Messages& messages;
    std::function<std::vector<PassedDescriptor>()> descriptors;
    std::function<void()> taken_over;  ///< the other process serves
  };
  Handover(net::Reactor& reactor, Doors doors);
  ~Handover();

  /// Begins to listen; a warning when that cannot be.
  void open(const std::string& data_folder);
  /// No more; one under way is broken off.
  void close();
  /// Awaited after close().
  auto ended() { return tasks_.join(); }

 private:
  void accept();
  static rt::Task<> serve(std::reference_wrapper<Handover> self, net::UniqueFd connection);
  rt::Task<bool> pass(int connection);

  net::Reactor& reactor_;
  Doors doors_;
  std::shared_ptr<net::Listener> listener_;
  bool busy_ = false;
  bool closed_ = false;
  rt::Event word_;
  rt::Scope tasks_;
};

}  // namespace reeve::app
