// SPDX-License-Identifier: Apache-2.0
// What a reactor needs of OpenSSL for every request, made once: methods fetched, contexts kept. Fetching or
// allocating one a call would cost more than hashing a key does. One a thread, passed in by whoever owns the
// thread; not for use from two threads at once.
#pragma once

#include <memory>
#include <string_view>

#include "crypto/sha256.h"

namespace reeve::crypto {

class Engine {
 public:
  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// As sha256() of sha256.h, without its set-up.
  Sha256 sha256(std::string_view bytes);

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace reeve::crypto
