// SPDX-License-Identifier: Apache-2.0
// What two Reeve processes say to each other over upgrade.sock (rules, 1, Upgrade): one message with
// descriptors and their names, then one word each way. Blocking with a bound; the descriptors are small in
// number.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "net/unique_fd.h"

namespace reeve::app {

/// Names of the descriptors that are no listener of the configuration.
inline constexpr std::string_view kLockName = "lock";
inline constexpr std::string_view kAdminName = "admin";

/// The new process serves; the old one drains.
inline constexpr std::string_view kReady = "ready\n";
inline constexpr std::string_view kDraining = "draining\n";

struct PassedDescriptor {
  std::string name;
  int fd = -1;
};
struct ReceivedDescriptor {
  std::string name;
  net::UniqueFd fd;
};

/// Errors are the system's reason.
std::expected<void, std::string> send_descriptors(int socket,
                                                  const std::vector<PassedDescriptor>& descriptors);
std::expected<std::vector<ReceivedDescriptor>, std::string> receive_descriptors(int socket);
std::expected<void, std::string> send_word(int socket, std::string_view word);
/// Waits until the peer has sent exactly that, or ended.
std::expected<void, std::string> expect_word(int socket, std::string_view word);

}  // namespace reeve::app
