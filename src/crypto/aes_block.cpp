// SPDX-License-Identifier: Apache-2.0
#include "crypto/aes_block.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace reeve::crypto {

namespace {

const EVP_CIPHER* method() {
  static EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
  return fetched;
}

}  // namespace

AesBlock::AesBlock(Direction direction, std::span<const std::uint8_t, 32> key)
    : context_(make_cipher_context()) {
  const int encrypt = direction == Direction::Encrypt ? 1 : 0;
  if (EVP_CipherInit_ex2(context_.get(), method(), key.data(), nullptr, encrypt, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context_.get(), 0) != 1)
    std::abort();
}

void AesBlock::set_key(std::span<const std::uint8_t, 32> key) {
  constexpr int kAsBefore = -1;
  if (EVP_CipherInit_ex2(context_.get(), nullptr, key.data(), nullptr, kAsBefore, nullptr) != 1) std::abort();
}

void AesBlock::apply(const std::uint8_t* in, std::uint8_t* out) {
  int written = 0;
  // Whole blocks without padding leave nothing behind for the next call.
  if (EVP_CipherUpdate(context_.get(), out, &written, in, static_cast<int>(kAesBlock)) != 1 ||
      written != static_cast<int>(kAesBlock))
    std::abort();
}

}  // namespace reeve::crypto
