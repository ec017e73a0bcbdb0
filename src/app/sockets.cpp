// SPDX-License-Identifier: Apache-2.0
#include "app/sockets.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "crypto/pem.h"

namespace reeve::app {

namespace {

net::TlsServerSettings settings_of(const policy::ListenerTls& tls) {
  net::TlsServerSettings settings{
      .certificates = {}, .min_version = tls.min_version, .client_ca_pem = tls.client_ca_pem};
  for (const policy::Certificate& certificate : tls.certificates)
    settings.certificates.push_back({certificate.cert_pem, certificate.key_pem, certificate.hosts});
  return settings;
}

net::ListenerService service_of(const policy::Listener& listener, std::size_t index) {
  // TLS is put around the stream by the connection itself, behind a PROXY header if there is one.
  return {.index = static_cast<std::uint16_t>(index), .secure = listener.tls.has_value(), .wrap = {}};
}

}  // namespace

std::shared_ptr<net::Listener> Sockets::serving(const std::string& name) const {
  const auto found = std::ranges::find(serving_.listeners, name, &Open::name);
  return found == serving_.listeners.end() ? nullptr : found->listener;
}

std::optional<control::Part::Refusal> Sockets::prepare_one(const policy::Listener& wanted, TlsTable& tls) {
  std::shared_ptr<net::Listener> listener = serving(wanted.address);
  if (!listener) {
    auto opened = inherited_.take(wanted.address, wanted.endpoint);
    if (!opened) opened = net::Listener::open(wanted.endpoint, wanted.unix_mode);
    if (!*opened) return Refusal{wanted.at, opened->error(), "free that address, or listen on another one"};
    listener = std::move(**opened);
  }
  std::shared_ptr<const net::TlsServerContext> context;
  if (wanted.tls) {
    auto made = net::TlsServerContext::make(settings_of(*wanted.tls), tickets_);
    if (!made)
      return Refusal{wanted.at, fmt::format("{}: {}", wanted.address, made.error()),
                     "correct the certificate or its key"};
    context = std::move(*made);
    for (const policy::Certificate& certificate : wanted.tls->certificates)
      if (const auto info = crypto::read_certificate(certificate.cert_pem))
        prepared_.expiries.push_back(
            {wanted.address, certificate.cert_file,
             std::chrono::duration<double>(info->not_after.time_since_epoch()).count()});
  }
  tls.rows.push_back({listener->endpoint(), std::move(context)});
  prepared_.listeners.push_back({wanted.address, std::move(listener)});
  return std::nullopt;
}

std::optional<control::Part::Refusal> Sockets::prepare(const policy::Snapshot& next) {
  prepared_ = {};
  auto tls = std::make_shared<TlsTable>();
  for (const policy::Listener& wanted : next.listeners) {
    if (auto refusal = prepare_one(wanted, *tls)) {
      prepared_ = {};
      return refusal;
    }
  }
  prepared_.tls = std::move(tls);
  return std::nullopt;
}

void Sockets::commit(const policy::Snapshot& next) {
  for (std::size_t i = 0; i < next.listeners.size(); ++i) {
    const Open& now = prepared_.listeners[i];
    const bool known = serving(now.name) != nullptr;
    const auto* path = std::get_if<UnixEndpoint>(&next.listeners[i].endpoint);
    if (known && path != nullptr) ::chmod(path->path.c_str(), next.listeners[i].unix_mode);
    if (known) {
      accepting_.replace(now.listener, service_of(next.listeners[i], i));
    } else {
      accepting_.start(now.listener, service_of(next.listeners[i], i));
    }
  }
  for (const Open& old : serving_.listeners)
    if (std::ranges::find(prepared_.listeners, old.name, &Open::name) == prepared_.listeners.end())
      accepting_.stop(old.listener);
  serving_ = std::move(prepared_);
  prepared_ = {};
  inherited_.close_rest();
}

std::vector<std::string> Sockets::addresses() const {
  std::vector<std::string> all;
  for (const Open& open : serving_.listeners) all.push_back(to_string(open.listener->endpoint()));
  return all;
}

void Sockets::close_all() {
  for (const Open& open : serving_.listeners) accepting_.stop(open.listener);
  serving_.listeners.clear();
}

void Sockets::write_metrics(telemetry::PrometheusText& text) const {
  text.family("reeve_certificate_expiry_seconds", telemetry::MetricKind::Gauge,
              "When a listener's certificate ends to be valid, in seconds since 1970.");
  for (const Expiry& expiry : serving_.expiries)
    text.sample({{"listener", expiry.listener}, {"file", expiry.file}}, expiry.not_after);
}

}  // namespace reeve::app
