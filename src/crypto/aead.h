// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM (NIST SP 800-38D) under one key, with state that is kept: sealing a message fetches and
// allocates nothing. For decision ids and what else Reeve hands out to get back unchanged. The caller sees to
// it that no nonce comes twice under a key: that would give both away. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/cipher_context.h"

namespace reeve::crypto {

inline constexpr std::size_t kAeadTag = 16;
using AeadKey = std::span<const std::uint8_t, 32>;
using AeadNonce = std::span<const std::uint8_t, 12>;

class AeadSealer {
 public:
  explicit AeadSealer(AeadKey key);
  void set_key(AeadKey key);

  /// `out` has room for plain.size() + kAeadTag bytes and does not overlap `plain`. `beside` is not hidden,
  /// but must be the same at opening.
  void seal(AeadNonce nonce, std::span<const std::uint8_t> beside, std::span<const std::uint8_t> plain,
            std::uint8_t* out);

 private:
  CipherContext context_;
};

class AeadOpener {
 public:
  explicit AeadOpener(AeadKey key);

  /// Whether `sealed` was made by seal() with the same key, nonce and `beside`; compared in constant time.
  /// `out` has room for sealed.size() - kAeadTag bytes, which are zeros if not.
  [[nodiscard]] bool open(AeadNonce nonce, std::span<const std::uint8_t> beside,
                          std::span<const std::uint8_t> sealed, std::uint8_t* out);

 private:
  CipherContext context_;
};

}  // namespace reeve::crypto
