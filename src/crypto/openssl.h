// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects as owners, and its error queue as text. For crypto/ and net/tls_* only: nobody else sees
// OpenSSL's types.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace reeve::crypto {

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using X509Ptr = std::unique_ptr<X509, Freeing<&X509_free>>;
using X509StorePtr = std::unique_ptr<X509_STORE, Freeing<&X509_STORE_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freeing<&EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Freeing<&BIO_free_all>>;

/// The reason of the oldest error in this thread's queue, which is emptied; `otherwise` when there is none.
/// OpenSSL's reasons are fixed texts and hold no key material.
std::string take_openssl_error(const char* otherwise);

}  // namespace reeve::crypto
