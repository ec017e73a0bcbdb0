// SPDX-License-Identifier: Apache-2.0
#include "net/tls_sessions.h"

#include <utility>

namespace reeve::net {

void TlsSessions::keep(const std::string& server_name, SslSessionPtr session) {
  const std::lock_guard lock(mutex_);
  // Which name goes when there are too many does not matter: the next handshake with it is a full one.
  if (sessions_.size() >= kNamesMax && !sessions_.contains(server_name)) sessions_.erase(sessions_.begin());
  std::vector<SslSessionPtr>& known = sessions_[server_name];
  if (known.size() >= kEachMax) known.erase(known.begin());
  known.push_back(std::move(session));
}

SslSessionPtr TlsSessions::find(const std::string& server_name) {
  const std::lock_guard lock(mutex_);
  const auto entry = sessions_.find(server_name);
  if (entry == sessions_.end() || entry->second.empty()) return nullptr;
  std::vector<SslSessionPtr>& known = entry->second;
  if (SSL_SESSION_get_protocol_version(known.back().get()) < TLS1_3_VERSION) {
    SSL_SESSION_up_ref(known.back().get());
    return SslSessionPtr(known.back().get());
  }
  SslSessionPtr session = std::move(known.back());
  known.pop_back();
  return session;
}

}  // namespace reeve::net
