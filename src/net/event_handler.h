// SPDX-License-Identifier: Apache-2.0
// What a reactor calls when something happens to a registered descriptor, and the name of a registration:
// slot and generation, so that an event that was already fetched cannot reach whoever took the slot next.
#pragma once

#include <cstdint>

namespace reeve::net {

class EventHandler {
 public:
  /// `events` as epoll gives them. May detach and destroy itself and others.
  virtual void on_events(std::uint32_t events) = 0;
  /// What Reactor::defer asked for.
  virtual void on_deferred() {}

 protected:
  ~EventHandler() = default;
};

struct Registration {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  ///< 0 = none
  explicit operator bool() const { return generation != 0; }
};

}  // namespace reeve::net
