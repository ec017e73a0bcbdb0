// SPDX-License-Identifier: Apache-2.0
// The keys that seal session tickets towards clients: shared by all listeners and reactors and kept over
// reloads, so that a session can be resumed on any of them. A new key every 12 hours, the one before stays
// valid for another 12. Asked once or twice a handshake, under a mutex; never by a request on an open
// connection.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/time.h"

namespace reeve::net {

class TlsTicketKeys {
 public:
  static constexpr Duration kRotation = std::chrono::hours(12);

  struct Key {
    std::array<std::uint8_t, 16> name{};
    std::array<std::uint8_t, 32> cipher{};
    std::array<std::uint8_t, 32> mac{};
    MonoTime born{};

    Key() = default;
    Key(const Key&) = default;
    Key& operator=(const Key&) = default;
    ~Key();
  };

  /// The key to seal with; makes a new one when that is due. Nothing if there are no random bits. Any thread.
  std::optional<Key> sealing(MonoTime now);
  /// The key of that name, if it is still valid. Any thread.
  std::optional<Key> opening(const std::uint8_t* name, MonoTime now);

 private:
  bool fresh(MonoTime now);

  std::mutex mutex_;
  std::optional<Key> current_;
  std::optional<Key> previous_;
};

/// For the ticket callback of a context (SSL_CTX_set_tlsext_ticket_key_evp_cb).
int seal_or_open_ticket(TlsTicketKeys& keys, MonoTime now, unsigned char* name, unsigned char* iv,
                        EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool seal);

}  // namespace reeve::net
