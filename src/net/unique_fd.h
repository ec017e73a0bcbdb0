// SPDX-License-Identifier: Apache-2.0
// Owns a file descriptor. Moves between threads inside mailbox messages, so that a message that is never run
// still closes what it carried. Does not know what the descriptor is.
#pragma once

#include <unistd.h>

#include <utility>

namespace reeve::net {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      if (fd_ >= 0) ::close(fd_);
      fd_ = other.release();
    }
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset() { *this = UniqueFd(); }

 private:
  int fd_ = -1;
};

}  // namespace reeve::net
