// SPDX-License-Identifier: Apache-2.0
#include "crypto/engine.h"

#include <cstdlib>

#include "crypto/openssl.h"

namespace reeve::crypto {

struct Engine::Contexts {
  std::unique_ptr<EVP_MD, Freeing<&EVP_MD_free>> sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, Freeing<&EVP_MD_CTX_free>> digest{EVP_MD_CTX_new()};
};

Engine::Engine() : contexts_(std::make_unique<Contexts>()) {}
Engine::~Engine() = default;

Sha256 Engine::sha256(std::string_view bytes) {
  Sha256 digest{};
  EVP_MD_CTX* context = contexts_->digest.get();
  // OpenSSL without SHA-256 is a broken installation: a digest that is not one must never be compared.
  if (EVP_DigestInit_ex2(context, contexts_->sha256.get(), nullptr) != 1 ||
      EVP_DigestUpdate(context, bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context, digest.data(), nullptr) != 1)
    std::abort();
  return digest;
}

}  // namespace reeve::crypto
