// SPDX-License-Identifier: Apache-2.0
// Tells the service manager what this process is at: systemd's notification protocol (sd_notify(3)) over the
// socket that NOTIFY_SOCKET names. Does nothing without it.
#pragma once

#include <string>
#include <string_view>

#include "control/parts.h"

namespace reeve::app {

class Notify final : public control::Supervisor {
 public:
  Notify();
  void reloading() override;
  void ready() override;
  void stopping() override;

 private:
  void send(std::string_view state) const;
  std::string socket_;
};

}  // namespace reeve::app
