// SPDX-License-Identifier: Apache-2.0
// What is known of the other end of an accepted connection before its first byte is read, and what the TLS
// handshake added. Made by net (or by the simulator), read by the proxy; lives as long as the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/ip.h"

namespace reeve {

struct TlsFacts {
  std::string version;      ///< "TLSv1.3"
  std::string cipher;       ///< OpenSSL's name
  std::string server_name;  ///< SNI in lower case, empty if none was sent
  std::string alpn;         ///< "http/1.1", empty if none was agreed
  bool resumed = false;
  /// Client certificate, if one came: facts only, never a reason to fail the handshake.
  struct ClientCertificate {
    bool verified = false;
    std::string verify_error;  ///< OpenSSL's text when not verified
    std::string subject;       ///< RFC 2253
    std::string fingerprint;   ///< lower-case hex SHA-256 of the DER
  };
  std::optional<ClientCertificate> client_certificate;
};

struct PeerFacts {
  std::optional<IpAddress> address;  ///< none for a Unix peer
  std::uint16_t port = 0;
  std::uint16_t local_port = 0;  ///< port the client connected to (0 for Unix)
  std::uint16_t listener = 0;    ///< index in Snapshot::listeners at accept time
  /// Source address that a PROXY protocol header told: one hop further than `address`.
  std::optional<IpAddress> proxied_address;
  bool secure = false;           ///< TLS towards the client
};

}  // namespace reeve
