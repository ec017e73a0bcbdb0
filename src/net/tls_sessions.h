// SPDX-License-Identifier: Apache-2.0
// Sessions with upstreams that a later connection can resume, by server name. Bounded; shared by the reactors
// under a mutex that is taken once or twice a handshake.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/tls_ssl.h"

namespace reeve::net {

class TlsSessions {
 public:
  static constexpr std::size_t kNamesMax = 256;
  static constexpr std::size_t kEachMax = 8;

  void keep(const std::string& server_name, SslSessionPtr session);
  /// The newest one. Taken away when it is of TLS 1.3, whose tickets should be used once (RFC 8446 C.4).
  SslSessionPtr find(const std::string& server_name);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::vector<SslSessionPtr>> sessions_;  // newest last
};

}  // namespace reeve::net
