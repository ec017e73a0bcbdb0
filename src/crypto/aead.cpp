// SPDX-License-Identifier: Apache-2.0
// A call that fails although its arguments are right means a broken OpenSSL: nothing half sealed may go out.
#include "crypto/aead.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstdlib>
#include <cstring>

namespace reeve::crypto {

namespace {

const EVP_CIPHER* method() {
  static EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

void must(int result) {
  if (result != 1) std::abort();
}

int size_of(std::span<const std::uint8_t> bytes) {
  return static_cast<int>(bytes.size());
}

}  // namespace

AeadSealer::AeadSealer(AeadKey key) : context_(make_cipher_context()) {
  must(EVP_EncryptInit_ex2(context_.get(), method(), key.data(), nullptr, nullptr));
}

void AeadSealer::set_key(AeadKey key) {
  must(EVP_EncryptInit_ex2(context_.get(), nullptr, key.data(), nullptr, nullptr));
}

void AeadSealer::seal(AeadNonce nonce, std::span<const std::uint8_t> beside,
                      std::span<const std::uint8_t> plain, std::uint8_t* out) {
  EVP_CIPHER_CTX* const context = context_.get();
  int written = 0;
  int rest = 0;
  must(EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr));
  if (!beside.empty()) must(EVP_EncryptUpdate(context, nullptr, &written, beside.data(), size_of(beside)));
  written = 0;
  if (!plain.empty()) must(EVP_EncryptUpdate(context, out, &written, plain.data(), size_of(plain)));
  must(EVP_EncryptFinal_ex(context, out + written, &rest));
  // What EVP_CTRL_AEAD_GET_TAG is translated to, at half the cost.
  OSSL_PARAM tag[] = {
      OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, out + plain.size(), kAeadTag),
      OSSL_PARAM_construct_end()};
  must(EVP_CIPHER_CTX_get_params(context, tag));
}

AeadOpener::AeadOpener(AeadKey key) : context_(make_cipher_context()) {
  must(EVP_DecryptInit_ex2(context_.get(), method(), key.data(), nullptr, nullptr));
}

bool AeadOpener::open(AeadNonce nonce, std::span<const std::uint8_t> beside,
                      std::span<const std::uint8_t> sealed, std::uint8_t* out) {
  if (sealed.size() < kAeadTag) return false;
  EVP_CIPHER_CTX* const context = context_.get();
  const auto hidden = sealed.first(sealed.size() - kAeadTag);
  std::array<std::uint8_t, kAeadTag> tag;
  std::memcpy(tag.data(), sealed.data() + hidden.size(), tag.size());
  int written = 0;
  int rest = 0;
  must(EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr));
  if (!beside.empty()) must(EVP_DecryptUpdate(context, nullptr, &written, beside.data(), size_of(beside)));
  written = 0;
  if (!hidden.empty()) must(EVP_DecryptUpdate(context, out, &written, hidden.data(), size_of(hidden)));
  must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kAeadTag), tag.data()));
  if (EVP_DecryptFinal_ex(context, out + written, &rest) == 1) return true;
  ERR_clear_error();
  if (!hidden.empty()) std::memset(out, 0, hidden.size());
  return false;
}

}  // namespace reeve::crypto
