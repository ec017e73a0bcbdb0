// SPDX-License-Identifier: Apache-2.0
#include "crypto/sealed_id.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "crypto/base64url.h"
#include "crypto/hkdf.h"

namespace reeve::crypto {

namespace {

constexpr std::size_t kHeader = 1 + kAesBlock;  // what stands before the sealed record, and is sealed with it
constexpr std::size_t kBytesMost = kIdOverhead + kIdPlainMost;
static_assert(kIdPrefix.size() + base64url_size(kBytesMost) <= kIdTextMost);

using Key = std::array<std::uint8_t, 32>;

/// boot (8) | thread (2) | counter (6), most significant byte first.
struct Serial {
  std::array<std::uint8_t, kAesBlock> bytes;
};
constexpr std::size_t kBootSize = 8;
constexpr std::uint64_t kCounterEnd = std::uint64_t{1} << 48;

void put(std::uint64_t value, std::size_t size, std::uint8_t* out) {
  for (std::size_t i = size; i-- != 0; value >>= 8) out[i] = static_cast<std::uint8_t>(value);
}

/// Thread and counter, behind zeros.
std::array<std::uint8_t, 12> nonce_of(const Serial& serial) {
  std::array<std::uint8_t, 12> nonce{};
  std::memcpy(nonce.data() + 4, serial.bytes.data() + kBootSize, kAesBlock - kBootSize);
  return nonce;
}

struct Wiped {
  Key key;
  ~Wiped() { OPENSSL_cleanse(key.data(), key.size()); }
};

void derive_block_key(const IdKey& key, Wiped& out) {
  hkdf_sha256(key.master, "", "reeve decision id: serial", out.key);
}

void derive_record_key(const IdKey& key, std::span<const std::uint8_t, kBootSize> boot, Wiped& out) {
  std::string info = "reeve decision id: record ";
  info.append(reinterpret_cast<const char*>(boot.data()), boot.size());
  hkdf_sha256(key.master, "", info, out.key);
}

}  // namespace

struct IdKeys {
  IdKeys(const IdKey& key, std::uint64_t boot) {
    std::array<std::uint8_t, kBootSize> bytes;
    put(boot, bytes.size(), bytes.data());
    derive_block_key(key, block);
    derive_record_key(key, bytes, record);
  }
  Wiped block;
  Wiped record;
};

IdKey::~IdKey() {
  OPENSSL_cleanse(master.data(), master.size());
}

IdSealer::IdSealer(const IdKey& key, std::uint64_t boot, std::uint16_t thread)
    : IdSealer(key, boot, thread, IdKeys(key, boot)) {}

IdSealer::IdSealer(const IdKey& key, std::uint64_t boot, std::uint16_t thread, const IdKeys& keys)
    : number_(key.number),
      thread_(thread),
      boot_(boot),
      block_(AesBlock::Direction::Encrypt, keys.block.key),
      aead_(keys.record.key) {}

void IdSealer::use(const IdKey& key) {
  const IdKeys keys(key, boot_);
  number_ = key.number;
  block_.set_key(keys.block.key);
  aead_.set_key(keys.record.key);
}

std::size_t IdSealer::seal(std::span<const std::uint8_t> plain, char* out) {
  // Neither can happen to a caller that keeps to the header: a full record is refused by its size, and 2^48
  // ids are nine years of a million a second. A nonce must not come twice.
  if (plain.size() > kIdPlainMost || counter_ == kCounterEnd) std::abort();
  Serial serial;
  put(boot_, kBootSize, serial.bytes.data());
  put(thread_, 2, serial.bytes.data() + kBootSize);
  put(counter_++, 6, serial.bytes.data() + kBootSize + 2);

  std::array<std::uint8_t, kBytesMost> bytes;
  bytes[0] = number_;
  block_.apply(serial.bytes.data(), bytes.data() + 1);
  aead_.seal(nonce_of(serial), {bytes.data(), kHeader}, plain, bytes.data() + kHeader);

  std::memcpy(out, kIdPrefix.data(), kIdPrefix.size());
  return kIdPrefix.size() +
         write_base64url({bytes.data(), kIdOverhead + plain.size()}, out + kIdPrefix.size());
}

std::string_view describe(IdFlaw flaw) {
  switch (flaw) {
    case IdFlaw::Foreign:
      return "This is no decision id; copy the value of the field Reeve-Decision, which begins with d_.";
    case IdFlaw::KeyGone:
      return "This id was made by another gateway, or with a key that is no longer kept; ask the gateway "
             "that "
             "answered, and keep decision.keys with the data folder.";
    case IdFlaw::Altered:
      break;
  }
  return "This id is not whole or was changed; copy all of the value of the field Reeve-Decision, with upper "
         "and "
         "lower case as they are.";
}

std::expected<OpenedId, IdFlaw> open_id(std::string_view text, std::span<const IdKey> keys) {
  if (!text.starts_with(kIdPrefix)) return std::unexpected(IdFlaw::Foreign);
  std::array<std::uint8_t, kBytesMost> bytes;
  const auto size = read_base64url(text.substr(kIdPrefix.size()), bytes);
  if (!size || *size < kIdOverhead) return std::unexpected(IdFlaw::Altered);
  const auto key = std::ranges::find(keys, bytes[0], &IdKey::number);
  if (key == keys.end()) return std::unexpected(IdFlaw::KeyGone);

  Wiped block_key;
  derive_block_key(*key, block_key);
  Serial serial;
  AesBlock(AesBlock::Direction::Decrypt, block_key.key).apply(bytes.data() + 1, serial.bytes.data());
  Wiped record_key;
  derive_record_key(*key, std::span(serial.bytes).first<kBootSize>(), record_key);

  OpenedId opened;
  opened.size = *size - kIdOverhead;
  const std::span<const std::uint8_t> sealed(bytes.data() + kHeader, *size - kHeader);
  if (!AeadOpener(record_key.key)
           .open(nonce_of(serial), {bytes.data(), kHeader}, sealed, opened.bytes.data()))
    return std::unexpected(IdFlaw::Altered);
  return opened;
}

}  // namespace reeve::crypto
