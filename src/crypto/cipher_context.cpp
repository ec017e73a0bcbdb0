// SPDX-License-Identifier: Apache-2.0
#include "crypto/cipher_context.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace reeve::crypto {

void CipherContextFree::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

CipherContext make_cipher_context() {
  CipherContext context(EVP_CIPHER_CTX_new());
  if (context == nullptr) std::abort();  // out of memory while starting
  return context;
}

}  // namespace reeve::crypto
