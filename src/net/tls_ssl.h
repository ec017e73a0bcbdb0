// SPDX-License-Identifier: Apache-2.0
// What both sides of TLS share: owners of OpenSSL's TLS objects, the settings that every context gets, and
// the facts that a finished handshake gives. For net/tls_* only.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/peer_facts.h"
#include "crypto/openssl.h"
#include "crypto/x509.h"

namespace reeve::net {

using SslContextPtr = std::unique_ptr<SSL_CTX, crypto::Freeing<&SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, crypto::Freeing<&SSL_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, crypto::Freeing<&SSL_SESSION_free>>;

enum class TlsRole : std::uint8_t { Server, Client };

/// Versions, ciphers, groups, modes. Null when OpenSSL refuses (its error queue says why).
SslContextPtr make_ssl_context(TlsRole role, int min_version);

/// Gives the context its certificate, the certificates that signed it, and the key.
crypto::Checked<void> use_certificate(SSL_CTX* context, const std::vector<crypto::X509Ptr>& chain,
                                      EVP_PKEY* key);

/// The certificates as a store to verify against.
crypto::X509StorePtr make_store(const std::vector<crypto::X509Ptr>& authorities);

/// After the handshake.
TlsFacts facts_of(SSL* ssl);

}  // namespace reeve::net
