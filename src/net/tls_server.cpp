// SPDX-License-Identifier: Apache-2.0
#include "net/tls_server.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/ascii.h"
#include "crypto/sha256.h"
#include "net/tls_ssl.h"
#include "net/tls_stream.h"

namespace reeve::net {

namespace {

constexpr std::array<unsigned char, 9> kProtocols = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

class Context final : public TlsServerContext {
 public:
  explicit Context(std::shared_ptr<TlsTicketKeys> tickets) : tickets_(std::move(tickets)) {}

  crypto::Checked<void> add(const TlsServerSettings& settings,
                            const TlsServerSettings::Certificate& certificate,
                            const std::vector<crypto::X509Ptr>& authorities);
  SSL_CTX* first() const { return contexts_.front().get(); }

 private:
  void name(std::vector<std::string> hosts, SSL_CTX* context);
  SSL_CTX* find(std::string_view host) const;

  // OpenSSL's callbacks. The SSL object's app data is its loop, the context's is this object.
  static int choose_certificate(SSL* ssl, int* alert, void* self);
  static int choose_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* size,
                             const unsigned char* offered, unsigned int offered_size, void* self);
  static int ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                    EVP_MAC_CTX* mac, int seal);

  std::shared_ptr<TlsTicketKeys> tickets_;
  std::vector<SslContextPtr> contexts_;  // one a certificate
  std::unordered_map<std::string, SSL_CTX*> exact_;
  std::vector<std::pair<std::string, SSL_CTX*>>
      suffixes_;  // ".example.com", longest first: it is the closest
};

// The verdict is kept as a fact; the handshake goes on whatever it is.
int judge_but_accept(X509_STORE_CTX* verification, void*) {
  X509_verify_cert(verification);
  ERR_clear_error();
  return 1;
}

crypto::Checked<void> ask_for_client_certificate(SSL_CTX* context,
                                                 const std::vector<crypto::X509Ptr>& authorities) {
  crypto::X509StorePtr store = make_store(authorities);
  if (store == nullptr) return std::unexpected(crypto::take_openssl_error("client_ca cannot be used"));
  SSL_CTX_set_cert_store(context, store.release());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &judge_but_accept, nullptr);
  for (const crypto::X509Ptr& authority : authorities) SSL_CTX_add_client_CA(context, authority.get());
  return {};
}

crypto::Checked<void> Context::add(const TlsServerSettings& settings,
                                   const TlsServerSettings::Certificate& certificate,
                                   const std::vector<crypto::X509Ptr>& authorities) {
  const auto chain = crypto::parse_certificates(certificate.cert_pem);
  if (!chain) return std::unexpected(chain.error());
  const auto key = crypto::parse_private_key(certificate.key_pem);
  if (!key) return std::unexpected(key.error());

  SslContextPtr made =
      make_ssl_context(TlsRole::Server, settings.min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  if (made == nullptr) return std::unexpected(crypto::take_openssl_error("OpenSSL refuses a TLS context"));
  SSL_CTX* context = made.get();
  if (auto used = use_certificate(context, *chain, key->get()); !used) return used;

  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_tlsext_servername_callback(context, &Context::choose_certificate);
  SSL_CTX_set_tlsext_servername_arg(context, this);
  SSL_CTX_set_alpn_select_cb(context, &Context::choose_protocol, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // the ticket is the session
  SSL_CTX_set_timeout(context,
                      std::chrono::duration_cast<std::chrono::seconds>(TlsTicketKeys::kRotation).count());
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &Context::ticket);
  // A session holds the verdict on the client's certificate: under other CAs it must not be resumed.
  const crypto::Sha256 session_id = crypto::sha256(settings.client_ca_pem);
  SSL_CTX_set_session_id_context(context, session_id.data(), static_cast<unsigned>(session_id.size()));
  if (!authorities.empty()) {
    if (auto asked = ask_for_client_certificate(context, authorities); !asked) return asked;
  }

  name(certificate.hosts.empty() ? crypto::describe(chain->front().get()).dns_names : certificate.hosts,
       context);
  contexts_.push_back(std::move(made));
  return {};
}

void Context::name(std::vector<std::string> hosts, SSL_CTX* context) {
  for (std::string& host : hosts) {
    if (!host.starts_with("*.")) {
      exact_.try_emplace(std::move(host), context);
      continue;
    }
    const auto shorter = [&](const auto& known) { return known.first.size() < host.size() - 1; };
    suffixes_.emplace(std::find_if(suffixes_.begin(), suffixes_.end(), shorter), host.substr(1), context);
  }
}

SSL_CTX* Context::find(std::string_view host) const {
  std::string lower(host);
  for (char& c : lower) c = ascii::lower(c);
  if (lower.ends_with('.')) lower.pop_back();
  if (const auto found = exact_.find(lower); found != exact_.end()) return found->second;
  for (const auto& [suffix, context] : suffixes_) {
    if (lower.size() > suffix.size() && lower.ends_with(suffix)) return context;
  }
  return nullptr;
}

int Context::choose_certificate(SSL* ssl, int*, void* self) {
  const char* host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (host == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_CTX* context = static_cast<Context*>(self)->find(host);
  if (context == nullptr) return SSL_TLSEXT_ERR_NOACK;
  if (context != SSL_get_SSL_CTX(ssl)) SSL_set_SSL_CTX(ssl, context);
  return SSL_TLSEXT_ERR_OK;
}

int Context::choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                             const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, kProtocols.data(), kProtocols.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

int Context::ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                    EVP_MAC_CTX* mac, int seal) {
  const auto* loop = static_cast<const rt::Loop*>(SSL_get_app_data(ssl));
  const auto* self = static_cast<const Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  return seal_or_open_ticket(*self->tickets_, loop->now(), name, iv, cipher, mac, seal == 1);
}

}  // namespace

crypto::Checked<std::shared_ptr<const TlsServerContext>> TlsServerContext::make(
    const TlsServerSettings& settings, std::shared_ptr<TlsTicketKeys> tickets) {
  if (settings.certificates.empty()) return std::unexpected("a TLS listener needs a certificate");
  std::vector<crypto::X509Ptr> authorities;
  if (!settings.client_ca_pem.empty()) {
    auto parsed = crypto::parse_certificates(settings.client_ca_pem);
    if (!parsed) return std::unexpected("client_ca: " + parsed.error());
    authorities = std::move(*parsed);
  }
  auto context = std::make_shared<Context>(std::move(tickets));
  for (const TlsServerSettings::Certificate& certificate : settings.certificates) {
    if (auto added = context->add(settings, certificate, authorities); !added)
      return std::unexpected(added.error());
  }
  return context;
}

std::unique_ptr<rt::Stream> tls_accept(rt::Loop& loop, std::unique_ptr<rt::Stream> plain,
                                       std::shared_ptr<const TlsServerContext> context) {
  SslPtr ssl(SSL_new(static_cast<const Context&>(*context).first()));
  if (ssl == nullptr) return nullptr;
  SSL_set_app_data(ssl.get(), &loop);
  return std::make_unique<TlsStream>(loop, std::move(ssl), TlsRole::Server, std::move(plain),
                                     std::move(context));
}

}  // namespace reeve::net
