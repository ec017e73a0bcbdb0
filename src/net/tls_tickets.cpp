// SPDX-License-Identifier: Apache-2.0
#include "net/tls_tickets.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

namespace reeve::net {

namespace {

const EVP_CIPHER* method() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
  return fetched;
}

}  // namespace

TlsTicketKeys::Key::~Key() {
  OPENSSL_cleanse(cipher.data(), cipher.size());
  OPENSSL_cleanse(mac.data(), mac.size());
}

bool TlsTicketKeys::fresh(MonoTime now) {
  if (current_ && now - current_->born < kRotation) return true;
  Key key;
  key.born = now;
  if (RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) != 1 ||
      RAND_priv_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) != 1 ||
      RAND_priv_bytes(key.mac.data(), static_cast<int>(key.mac.size())) != 1)
    return false;
  previous_ = std::exchange(current_, key);
  return true;
}

std::optional<TlsTicketKeys::Key> TlsTicketKeys::sealing(MonoTime now) {
  const std::lock_guard lock(mutex_);
  return fresh(now) ? current_ : std::nullopt;
}

std::optional<TlsTicketKeys::Key> TlsTicketKeys::opening(const std::uint8_t* name, MonoTime now) {
  const std::lock_guard lock(mutex_);
  for (const std::optional<Key>* key : {&current_, &previous_}) {
    if (*key && std::equal((*key)->name.begin(), (*key)->name.end(), name) &&
        now - (*key)->born < 2 * kRotation)
      return *key;
  }
  return std::nullopt;
}

int seal_or_open_ticket(TlsTicketKeys& keys, MonoTime now, unsigned char* name, unsigned char* iv,
                        EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool seal) {
  constexpr int kError = -1, kUnknown = 0, kGood = 1, kGoodButRenew = 2;  // what OpenSSL takes
  std::optional<TlsTicketKeys::Key> key = seal ? keys.sealing(now) : keys.opening(name, now);
  if (!key) return seal ? kError : kUnknown;
  if (seal) {
    std::copy(key->name.begin(), key->name.end(), name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(method())) != 1) return kError;
  }
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac.data(), key->mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  if (EVP_CipherInit_ex2(cipher, method(), key->cipher.data(), iv, seal ? 1 : 0, nullptr) != 1 ||
      EVP_MAC_CTX_set_params(mac, params) != 1)
    return kError;
  return !seal && now - key->born >= TlsTicketKeys::kRotation ? kGoodButRenew : kGood;
}

}  // namespace reeve::net
