// SPDX-License-Identifier: Apache-2.0
#include "net/tls_ssl.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/ascii.h"

namespace reeve::net {

namespace {

// AES-128 first: the cheapest that is safe wherever the CPU has AES; ChaCha20 for clients that lack it.
constexpr char kSuites13[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char kSuites12[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr char kGroups[] = "X25519:P-256";
// Upstreams are what they are: everything that OpenSSL still calls safe, after what we prefer.
constexpr char kClientGroups[] = "X25519:P-256:P-384:P-521";

std::string alpn_of(const SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

TlsFacts::ClientCertificate client_certificate_of(SSL* ssl, X509* certificate) {
  TlsFacts::ClientCertificate facts;
  long result = SSL_get_verify_result(ssl);
  // A resumed session carries the verdict of the first handshake; time has gone on since.
  if (result == X509_V_OK && X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
    result = X509_V_ERR_CERT_HAS_EXPIRED;
  facts.verified = result == X509_V_OK;
  if (!facts.verified) facts.verify_error = X509_verify_cert_error_string(result);
  facts.subject = crypto::subject_of(certificate);
  facts.fingerprint = crypto::fingerprint_of(certificate);
  return facts;
}

}  // namespace

SslContextPtr make_ssl_context(TlsRole role, int min_version) {
  ERR_clear_error();
  const bool client = role == TlsRole::Client;
  const std::string suites12 = client ? std::string(kSuites12) + ":DEFAULT" : kSuites12;
  SslContextPtr context(SSL_CTX_new(client ? TLS_client_method() : TLS_server_method()));
  if (context == nullptr || SSL_CTX_set_min_proto_version(context.get(), min_version) != 1 ||
      SSL_CTX_set_ciphersuites(context.get(), kSuites13) != 1 ||
      SSL_CTX_set_cipher_list(context.get(), suites12.c_str()) != 1 ||
      SSL_CTX_set1_groups_list(context.get(), client ? kClientGroups : kGroups) != 1)
    return nullptr;
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
  return context;
}

crypto::Checked<void> use_certificate(SSL_CTX* context, const std::vector<crypto::X509Ptr>& chain,
                                      EVP_PKEY* key) {
  if (auto fits = crypto::check_pair(chain, key); !fits) return fits;
  ERR_clear_error();
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1 || SSL_CTX_use_PrivateKey(context, key) != 1)
    return std::unexpected(crypto::take_openssl_error("OpenSSL does not accept the certificate"));
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1)
      return std::unexpected(crypto::take_openssl_error("OpenSSL does not accept the chain"));
  }
  return {};
}

crypto::X509StorePtr make_store(const std::vector<crypto::X509Ptr>& authorities) {
  crypto::X509StorePtr store(X509_STORE_new());
  if (store == nullptr) return nullptr;
  for (const crypto::X509Ptr& authority : authorities) {
    if (X509_STORE_add_cert(store.get(), authority.get()) != 1) return nullptr;
  }
  // Whatever the file lists is trusted, also an intermediate without its root.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

TlsFacts facts_of(SSL* ssl) {
  TlsFacts facts;
  facts.version = SSL_get_version(ssl);
  facts.cipher = SSL_get_cipher_name(ssl);
  if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) {
    facts.server_name = name;
    for (char& c : facts.server_name) c = ascii::lower(c);
  }
  facts.alpn = alpn_of(ssl);
  facts.resumed = SSL_session_reused(ssl) == 1;
  if (SSL_is_server(ssl) == 1) {
    if (X509* certificate = SSL_get0_peer_certificate(ssl))
      facts.client_certificate = client_certificate_of(ssl, certificate);
  }
  return facts;
}

}  // namespace reeve::net
