// SPDX-License-Identifier: Apache-2.0
#include "crypto/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "crypto/openssl.h"

namespace reeve::crypto {

namespace {

EVP_KDF* method() {
  static EVP_KDF* const fetched = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  return fetched;
}

// OpenSSL takes parameters as pointers to non-const and only reads them.
OSSL_PARAM bytes(const char* name, const void* data, std::size_t size) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<void*>(data), size);
}

}  // namespace

void hkdf_sha256(std::span<const std::uint8_t> key, std::string_view salt, std::string_view info,
                 std::span<std::uint8_t> out) {
  const std::unique_ptr<EVP_KDF_CTX, Freeing<&EVP_KDF_CTX_free>> context(EVP_KDF_CTX_new(method()));
  char digest[] = "SHA256";
  const std::array<OSSL_PARAM, 5> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      bytes(OSSL_KDF_PARAM_KEY, key.data(), key.size()), bytes(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      // Last, since an empty one is left out: RFC 5869 then takes zeros.
      salt.empty() ? OSSL_PARAM_construct_end() : bytes(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      OSSL_PARAM_construct_end()};
  if (context == nullptr || EVP_KDF_derive(context.get(), out.data(), out.size(), parameters.data()) != 1)
    std::abort();
}

}  // namespace reeve::crypto
