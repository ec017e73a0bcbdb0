// SPDX-License-Identifier: Apache-2.0
// AES-256 on one block (FIPS 197): a secret permutation of 16 bytes, so that a number can travel without
// being told. It hides nothing that comes twice and proves nothing; for that there is aead.h. State is kept:
// a call fetches and allocates nothing. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/cipher_context.h"

namespace reeve::crypto {

inline constexpr std::size_t kAesBlock = 16;

class AesBlock {
 public:
  enum class Direction : std::uint8_t { Encrypt, Decrypt };
  AesBlock(Direction direction, std::span<const std::uint8_t, 32> key);
  /// The direction stays.
  void set_key(std::span<const std::uint8_t, 32> key);

  /// `in` and `out` are 16 bytes each and may be the same.
  void apply(const std::uint8_t* in, std::uint8_t* out);

 private:
  CipherContext context_;
};

}  // namespace reeve::crypto
