// SPDX-License-Identifier: Apache-2.0
// The new process's side of an upgrade: gets listening sockets and the data folder's lock from the running
// Reeve, and tells it when to drain. At start, blocking; whatever fails before ready() leaves the old one
// serving.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "app/handover_message.h"

namespace reeve::app {

class Takeover {
 public:
  /// The error says what failed.
  static std::expected<Takeover, std::string> begin(const std::string& data_folder);

  /// The lock of the data folder; once.
  net::UniqueFd take_lock();
  /// The sockets under their names; once.
  std::vector<ReceivedDescriptor> take_sockets() { return std::move(sockets_); }

  /// Every listener accepts here: the old process may drain. Returns when it does; at once when it has ended
  /// meanwhile, since nobody else would serve then.
  std::expected<void, std::string> ready();

 private:
  explicit Takeover(net::UniqueFd connection) : connection_(std::move(connection)) {}
  net::UniqueFd connection_;
  long peer_ = 0;
  net::UniqueFd lock_;
  std::vector<ReceivedDescriptor> sockets_;
};

std::string upgrade_socket_path(const std::string& data_folder);

}  // namespace reeve::app
