// SPDX-License-Identifier: Apache-2.0
// An owner of OpenSSL's cipher state that lets headers go without OpenSSL's. Made once and used again for
// every message: a state made a message costs more than enciphering one. For crypto/ only; one thread at a
// time.
#pragma once

#include <memory>

struct evp_cipher_ctx_st;

namespace reeve::crypto {

struct CipherContextFree {
  void operator()(evp_cipher_ctx_st* context) const;
};
using CipherContext = std::unique_ptr<evp_cipher_ctx_st, CipherContextFree>;

CipherContext make_cipher_context();

}  // namespace reeve::crypto
