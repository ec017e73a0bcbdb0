// SPDX-License-Identifier: Apache-2.0
// The envelope of decision ids: `d_` and base64url of a sealed record, which its holder can neither read,
// change nor make. A reactor's IdSealer makes one for every answer; whoever explains opens it with the keys
// that are kept. What the record says is not known here (explain/record.h), nor where keys are kept
// (control/decision_keys.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "crypto/aead.h"
#include "crypto/aes_block.h"

namespace reeve::crypto {

/// The bytes of an id: number of its master key (1, in clear) | boot, thread, counter as one AES block (16) |
/// AES-256-GCM of the record | its tag (16). The block is enciphered under HKDF(master), the record under
/// HKDF(master, boot) with thread and counter as the nonce: no nonce comes twice, since every start draws a
/// new boot, and two ids of the same request have nothing in common.
inline constexpr std::size_t kIdOverhead = 1 + kAesBlock + kAeadTag;
inline constexpr std::size_t kIdPlainMost = 157;
inline constexpr std::size_t kIdTextMost = 256;
inline constexpr std::string_view kIdPrefix = "d_";

/// A master key and its number, by which ids name it. Wiped when it goes.
struct IdKey {
  std::uint8_t number = 0;
  std::array<std::uint8_t, 32> master{};

  IdKey() = default;
  IdKey(const IdKey&) = default;
  IdKey& operator=(const IdKey&) = default;
  ~IdKey();
  bool operator==(const IdKey&) const = default;
};

struct IdKeys;  // derived ones

/// One a thread. Seals without allocating.
class IdSealer {
 public:
  /// `boot`: random bits, drawn anew at every start of the process. `thread`: no other sealer of this boot
  /// has it.
  IdSealer(const IdKey& key, std::uint64_t boot, std::uint16_t thread);
  /// From now on this key. The counter goes on.
  void use(const IdKey& key);

  /// `plain`: at most kIdPlainMost bytes. `out` has room for kIdTextMost characters; returns how many are the
  /// id's. The id's length tells that of `plain` and nothing else.
  std::size_t seal(std::span<const std::uint8_t> plain, char* out);

 private:
  IdSealer(const IdKey& key, std::uint64_t boot, std::uint16_t thread, const IdKeys& keys);

  std::uint8_t number_;
  std::uint16_t thread_;
  std::uint64_t boot_;
  std::uint64_t counter_ = 0;
  AesBlock block_;
  AeadSealer aead_;
};

/// Why a text cannot be opened.
enum class IdFlaw : std::uint8_t {
  Foreign,  ///< does not begin as one
  KeyGone,  ///< its key is not among those that are kept
  Altered,  ///< not whole, changed, or made by somebody else
};
/// A sentence for people, with what to do.
std::string_view describe(IdFlaw flaw);

struct OpenedId {
  std::array<std::uint8_t, kIdPlainMost> bytes;
  std::size_t size = 0;
  std::span<const std::uint8_t> plain() const { return {bytes.data(), size}; }
};

/// `keys` in any order. Any thread; for people's questions, not for every request: it derives keys.
std::expected<OpenedId, IdFlaw> open_id(std::string_view text, std::span<const IdKey> keys);

}  // namespace reeve::crypto
