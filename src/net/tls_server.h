// SPDX-License-Identifier: Apache-2.0
// TLS towards clients: what a listener with `tls` shakes hands with. Several certificates chosen by the name
// that the client asks for; a client certificate is asked for when there is a CA for it, and is a fact, never
// a reason to refuse the handshake. Made at every load from the configuration (control converts), shared by
// the reactors.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/pem.h"
#include "net/tls_tickets.h"
#include "rt/loop.h"
#include "rt/stream.h"

namespace reeve::net {

struct TlsServerSettings {
  struct Certificate {
    std::string cert_pem;
    std::string key_pem;
    std::vector<std::string> hosts;  ///< lower case, `*.suffix` allowed; empty = the certificate's own names
  };
  std::vector<Certificate> certificates;  ///< the first also serves names that none is for
  std::string min_version = "1.2";        ///< or "1.3"
  std::string client_ca_pem;              ///< empty = no client certificate is asked for
};

/// Immutable. Connections keep the one that they began with.
class TlsServerContext {
 public:
  /// The error tells what is wrong with the settings (which were judged before, by the same functions).
  static crypto::Checked<std::shared_ptr<const TlsServerContext>> make(
      const TlsServerSettings& settings, std::shared_ptr<TlsTicketKeys> tickets);
  virtual ~TlsServerContext() = default;
};

/// A stream that shakes hands over `plain` in its first read or write. Null: out of memory.
std::unique_ptr<rt::Stream> tls_accept(rt::Loop& loop, std::unique_ptr<rt::Stream> plain,
                                       std::shared_ptr<const TlsServerContext> context);

}  // namespace reeve::net
