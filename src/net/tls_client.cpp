// SPDX-License-Identifier: Apache-2.0
#include "net/tls_client.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "crypto/x509.h"
#include "net/tls_sessions.h"
#include "net/tls_ssl.h"
#include "net/tls_stream.h"
#include "net/tls_trust.h"

namespace reeve::net {

namespace {

constexpr std::array<unsigned char, 9> kProtocols = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

class Context final : public rt::TlsClientContext {
 public:
  Context(rt::TlsClientSettings settings, std::shared_ptr<SystemTrust> trust)
      : settings_(std::move(settings)), trust_(std::move(trust)), sessions_(std::make_shared<TlsSessions>()) {
    if (auto made = build(); !made) flaw_ = std::move(made.error());
  }

  const rt::TlsClientSettings& settings() const { return settings_; }
  /// Null when there is nothing to load.
  SystemTrust* trust_to_load() const {
    return settings_.verify && settings_.ca_pem.empty() && trust_->store() == nullptr ? trust_.get()
                                                                                      : nullptr;
  }
  const std::string& flaw() const { return flaw_; }
  const std::shared_ptr<TlsSessions>& sessions() const { return sessions_; }

  /// A connection's SSL object that will ask for that name. The error is a text.
  crypto::Checked<SslPtr> new_ssl(const std::string& server_name) const;

  void failed(std::string text) {
    const std::lock_guard lock(mutex_);
    last_failure_ = std::move(text);
  }
  std::string last_failure() const override {
    const std::lock_guard lock(mutex_);
    return last_failure_;
  }

 private:
  crypto::Checked<void> build();

  const rt::TlsClientSettings settings_;
  std::shared_ptr<SystemTrust> trust_;
  std::shared_ptr<TlsSessions> sessions_;
  SslContextPtr context_;
  std::string flaw_;
  mutable std::mutex mutex_;
  std::string last_failure_;  // under mutex_
};

// What a connection's callbacks need; lives as long as its stream.
struct Connection {
  std::string server_name;
  std::shared_ptr<TlsSessions> sessions;
};

int keep_session(SSL* ssl, SSL_SESSION* session) {
  const auto* connection = static_cast<const Connection*>(SSL_get_app_data(ssl));
  if (connection == nullptr || SSL_SESSION_is_resumable(session) != 1) return 0;
  connection->sessions->keep(connection->server_name, SslSessionPtr(session));
  return 1;  // the reference is ours
}

crypto::Checked<void> Context::build() {
  context_ = make_ssl_context(TlsRole::Client, TLS1_2_VERSION);
  if (context_ == nullptr)
    return std::unexpected(crypto::take_openssl_error("OpenSSL refuses a TLS context"));
  SSL_CTX* context = context_.get();
  SSL_CTX_set_alpn_protos(context, kProtocols.data(), kProtocols.size());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &keep_session);
  SSL_CTX_set_verify(context, settings_.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!settings_.ca_pem.empty()) {
    const auto authorities = crypto::parse_certificates(settings_.ca_pem);
    if (!authorities) return std::unexpected("ca: " + authorities.error());
    crypto::X509StorePtr store = make_store(*authorities);
    if (store == nullptr) return std::unexpected(crypto::take_openssl_error("ca cannot be used"));
    SSL_CTX_set_cert_store(context, store.release());
  }
  if (settings_.cert_pem.empty()) return {};
  const auto chain = crypto::parse_certificates(settings_.cert_pem);
  if (!chain) return std::unexpected("cert: " + chain.error());
  const auto key = crypto::parse_private_key(settings_.key_pem);
  if (!key) return std::unexpected("key: " + key.error());
  return use_certificate(context, *chain, key->get());
}

crypto::Checked<SslPtr> Context::new_ssl(const std::string& server_name) const {
  if (!flaw_.empty()) return std::unexpected(flaw_);
  if (settings_.verify && server_name.empty())
    return std::unexpected("there is no name to check the certificate for: set tls.server_name");
  SslPtr ssl(SSL_new(context_.get()));
  if (ssl == nullptr) return std::unexpected("out of memory");
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl.get());
  if (const auto address = IpAddress::parse(server_name)) {
    if (X509_VERIFY_PARAM_set1_ip(wanted, address->bytes(), address->bit_count() / 8) != 1)
      return std::unexpected("out of memory");
  } else if (!server_name.empty()) {
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_host(wanted, server_name.c_str(), server_name.size()) != 1 ||
        SSL_set_tlsext_host_name(ssl.get(), server_name.c_str()) != 1)
      return std::unexpected("the server name cannot be used");
  }
  if (settings_.verify && settings_.ca_pem.empty()) SSL_set1_verify_cert_store(ssl.get(), trust_->store());
  if (const SslSessionPtr session = sessions_->find(server_name)) SSL_set_session(ssl.get(), session.get());
  return ssl;
}

// Contexts that are in use, so that equal settings share one. A reload asks once an upstream, no request
// does.
class Contexts {
 public:
  std::shared_ptr<rt::TlsClientContext> get(const rt::TlsClientSettings& settings) {
    const std::lock_guard lock(mutex_);
    std::erase_if(known_, [](const auto& context) { return context.expired(); });
    for (const auto& entry : known_) {
      if (auto context = entry.lock(); context && context->settings() == settings) return context;
    }
    auto made = std::make_shared<Context>(settings, trust_);
    known_.push_back(made);
    return made;
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Context>> known_;  // under mutex_
  std::shared_ptr<SystemTrust> trust_ = std::make_shared<SystemTrust>();
};

}  // namespace

std::shared_ptr<rt::TlsClientContext> make_tls_client_context(const rt::TlsClientSettings& settings) {
  // The machine's CAs are the same for everybody in the process: two dialers must not load them twice.
  // Never destroyed: OpenSSL tidies up at exit before, and may not be called after that.
  static Contexts& contexts = *new Contexts;
  return contexts.get(settings);
}

rt::Task<rt::IoResult<std::unique_ptr<rt::Stream>>> tls_connect(
    rt::Loop& loop, rt::Offload& offload, std::unique_ptr<rt::Stream> plain, rt::TlsClientContext& context,
    std::string server_name, rt::Deadline deadline, rt::Cancellation* cancellation) {
  auto& own = static_cast<Context&>(context);
  if (SystemTrust* trust = own.trust_to_load()) {
    const rt::IoStatus loaded = co_await trust->load(loop, offload, deadline, cancellation);
    if (loaded != rt::IoStatus::Ok) co_return std::unexpected(loaded);
  }
  if (cancellation != nullptr && cancellation->requested())
    co_return std::unexpected(rt::IoStatus::Cancelled);
  auto ssl = own.new_ssl(server_name);
  if (!ssl) {
    own.failed(std::move(ssl.error()));
    co_return std::unexpected(rt::IoStatus::TlsFailed);
  }
  auto connection = std::make_shared<Connection>(Connection{std::move(server_name), own.sessions()});
  SSL_set_app_data(ssl->get(), connection.get());
  auto stream =
      std::make_unique<TlsStream>(loop, std::move(*ssl), TlsRole::Client, std::move(plain), connection);
  rt::IoStatus status = rt::IoStatus::Ok;
  {
    std::optional<rt::Cancellation::Attached> attached;
    if (cancellation != nullptr) attached.emplace(*cancellation, *stream);
    status = co_await stream->write(rt::WriteList(), deadline);
  }
  if (status == rt::IoStatus::Ok) co_return stream;
  stream->reset_on_close();
  if (status == rt::IoStatus::TimedOut || status == rt::IoStatus::Cancelled)
    co_return std::unexpected(status);
  own.failed(fmt::format("TLS with `{}`: {}", connection->server_name,
                         stream->failure().empty() ? rt::describe(status) : stream->failure()));
  co_return std::unexpected(rt::IoStatus::TlsFailed);
}

}  // namespace reeve::net
