// SPDX-License-Identifier: Apache-2.0
#include "net/tls_trust.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

namespace reeve::net {

namespace {

// Debian's bundle. OpenSSL's own default there is only a folder, which it would search on a reactor at every
// handshake; what SSL_CERT_FILE or SSL_CERT_DIR say comes first, as everywhere.
constexpr char kBundle[] = "/etc/ssl/certs/ca-certificates.crt";

}  // namespace

X509_STORE* SystemTrust::store() {
  const std::lock_guard lock(mutex_);
  return store_.get();
}

void SystemTrust::load_now() {
  const std::lock_guard one_at_a_time(loading_);
  if (store() != nullptr) return;
  crypto::X509StorePtr made(X509_STORE_new());
  if (made == nullptr) return;
  X509_STORE_set_default_paths(made.get());
  if (std::getenv(X509_get_default_cert_file_env()) == nullptr) X509_STORE_load_file(made.get(), kBundle);
  ERR_clear_error();  // without a bundle every verification fails with its own reason
  const std::lock_guard lock(mutex_);
  store_ = std::move(made);
}

rt::Task<rt::IoStatus> SystemTrust::load(rt::Loop& loop, rt::Offload& offload, rt::Deadline deadline,
                                         rt::Cancellation* cancellation) {
  rt::Event loaded(loop);
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (store_ != nullptr) co_return rt::IoStatus::Ok;
    const auto [entry, inserted] = waiting_.try_emplace(&loop);
    first = inserted;
    if (!first) entry->second.push_back(&loaded);
  }
  if (!first) {
    std::optional<rt::Cancellation::Attached> attached;
    if (cancellation != nullptr) attached.emplace(*cancellation, loaded);
    const rt::IoStatus status = co_await loaded.wait(deadline);
    const std::lock_guard lock(mutex_);
    if (const auto entry = waiting_.find(&loop); entry != waiting_.end()) std::erase(entry->second, &loaded);
    if (status != rt::IoStatus::Ok) co_return status;
    co_return store_ != nullptr ? rt::IoStatus::Ok : rt::IoStatus::Exhausted;
  }
  // Not cancelled: others wait for it, and it is short.
  const rt::IoStatus status = co_await offload.run([this] { load_now(); });
  std::vector<rt::Event*> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = waiting_.find(&loop);
    waiting = std::move(entry->second);
    waiting_.erase(entry);
  }
  for (rt::Event* event : waiting) event->set();
  co_return status;
}

}  // namespace reeve::net
