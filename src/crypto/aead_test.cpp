// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM, the AES block, HKDF and base64url against the vectors of their documents.
#include "crypto/aead.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crypto/aes_block.h"
#include "crypto/base64url.h"
#include "crypto/hkdf.h"
#include "crypto/sha256.h"

namespace reeve::crypto {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes hex(std::string_view text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

template <std::size_t N>
std::array<std::uint8_t, N> fixed(std::string_view text) {
  std::array<std::uint8_t, N> bytes{};
  std::ranges::copy(hex(text), bytes.begin());
  return bytes;
}

struct GcmVector {
  std::string_view key, nonce, beside, plain, sealed;
};

// McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test cases 13 to 16.
constexpr GcmVector kGcm[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf"
     "5aa0d"
     "e657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6"
     "393ba"
     "7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf"
     "5aa0d"
     "e657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6"
     "393ba"
     "7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Aead, GivesTheVectorsOfGcm) {
  for (const GcmVector& v : kGcm) {
    const auto key = fixed<32>(v.key);
    const auto nonce = fixed<12>(v.nonce);
    const Bytes plain = hex(v.plain);
    AeadSealer sealer(key);
    for (int again = 0; again < 2; ++again) {  // the state is as good as new
      Bytes sealed(plain.size() + kAeadTag);
      sealer.seal(nonce, hex(v.beside), plain, sealed.data());
      EXPECT_EQ(to_hex(sealed), v.sealed);
      Bytes opened(plain.size());
      AeadOpener opener(key);
      EXPECT_TRUE(opener.open(nonce, hex(v.beside), sealed, opened.data()));
      EXPECT_EQ(opened, plain);
    }
  }
}

TEST(Aead, RefusesWhateverWasChanged) {
  const GcmVector& v = kGcm[3];
  const auto key = fixed<32>(v.key);
  const auto nonce = fixed<12>(v.nonce);
  const Bytes sealed = hex(v.sealed);
  const Bytes beside = hex(v.beside);
  AeadOpener opener(key);
  Bytes out(sealed.size());
  const auto opens = [&](AeadNonce n, const Bytes& b, std::span<const std::uint8_t> s) {
    std::ranges::fill(out, std::uint8_t{0x55});
    const bool opened = opener.open(n, b, s, out.data());
    if (!opened && s.size() >= kAeadTag)
      EXPECT_TRUE(std::all_of(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(s.size() - kAeadTag),
                              [](std::uint8_t byte) { return byte == 0; }));
    return opened;
  };
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(opens(nonce, beside, changed)) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(opens(nonce, beside, std::span(sealed).first(size))) << size;
  Bytes other = beside;
  other[0] ^= 1;
  EXPECT_FALSE(opens(nonce, other, sealed));
  EXPECT_FALSE(opens(nonce, {}, sealed));
  auto later = nonce;
  later[11] ^= 1;
  EXPECT_FALSE(opens(later, beside, sealed));
  EXPECT_TRUE(opens(nonce, beside, sealed)) << "the opener is as good as new after refusals";
}

TEST(Aead, ASealerTakesAnotherKey) {
  const auto first = fixed<32>(kGcm[0].key);
  const auto second = fixed<32>(kGcm[3].key);
  AeadSealer sealer(first);
  Bytes sealed(kAeadTag);
  sealer.seal(fixed<12>(kGcm[0].nonce), {}, {}, sealed.data());
  sealer.set_key(second);
  Bytes again(hex(kGcm[3].sealed).size());
  sealer.seal(fixed<12>(kGcm[3].nonce), hex(kGcm[3].beside), hex(kGcm[3].plain), again.data());
  EXPECT_EQ(to_hex(again), kGcm[3].sealed);
}

// FIPS 197, appendix C.3.
TEST(AesBlock, GivesTheVectorOfFips197BothWays) {
  const auto key = fixed<32>("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const Bytes plain = hex("00112233445566778899aabbccddeeff");
  AesBlock encrypt(AesBlock::Direction::Encrypt, key);
  AesBlock decrypt(AesBlock::Direction::Decrypt, fixed<32>(kGcm[3].key));
  decrypt.set_key(key);
  for (int again = 0; again < 3; ++again) {
    Bytes block(kAesBlock);
    encrypt.apply(plain.data(), block.data());
    EXPECT_EQ(to_hex(block), "8ea2b7ca516745bfeafc49904b496089");
    decrypt.apply(block.data(), block.data());
    EXPECT_EQ(block, plain);
  }
}

std::string bytes_text(std::string_view digits) {
  const Bytes bytes = hex(digits);
  return {bytes.begin(), bytes.end()};
}

// RFC 5869, appendix A.1 to A.3.
TEST(Hkdf, GivesTheVectorsOfRfc5869) {
  Bytes out(42);
  hkdf_sha256(Bytes(22, 0x0b), bytes_text("000102030405060708090a0b0c"), bytes_text("f0f1f2f3f4f5f6f7f8f9"),
              out);
  EXPECT_EQ(to_hex(out),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

  const auto counting = [](unsigned from, unsigned count) {
    Bytes bytes;
    for (unsigned i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(from + i));
    return bytes;
  };
  const Bytes salt = counting(0x60, 80);
  const Bytes info = counting(0xb0, 80);
  out.resize(82);
  hkdf_sha256(counting(0, 80), {reinterpret_cast<const char*>(salt.data()), salt.size()},
              {reinterpret_cast<const char*>(info.data()), info.size()}, out);
  EXPECT_EQ(to_hex(out),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f"
            "09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");

  out.resize(42);
  hkdf_sha256(Bytes(22, 0x0b), "", "", out);
  EXPECT_EQ(to_hex(out),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Base64Url, ReadsOnlyWhatWritingMakes) {
  std::array<std::uint8_t, 8> out{};
  const auto read = [&](std::string_view text) { return read_base64url(text, out); };
  // RFC 4648, 10.
  EXPECT_EQ(read(""), 0u);
  EXPECT_EQ(read("Zg"), 1u);
  EXPECT_EQ(out[0], 'f');
  EXPECT_EQ(read("Zm8"), 2u);
  EXPECT_EQ(read("Zm9vYmFy"), 6u);
  EXPECT_EQ(std::string(out.begin(), out.begin() + 6), "foobar");
  EXPECT_EQ(read("-__-"), 3u);
  for (const char* wrong :
       {"Z", "Zg==", "Zh", "Zm9", "+//+", "Zm8 ", " Zg", "Zm\n8", "Zm9vYmFyZm9v", "\xff\xff"})
    EXPECT_FALSE(read(wrong)) << wrong;
}

TEST(Base64Url, WritesWhatIsReadBack) {
  Bytes bytes;
  for (unsigned size = 0; size < 70; ++size) {
    std::string text(base64url_size(size), '\0');
    ASSERT_EQ(write_base64url(bytes, text.data()), text.size());
    Bytes again(size);
    ASSERT_EQ(read_base64url(text, again), size);
    EXPECT_EQ(again, bytes);
    bytes.push_back(static_cast<std::uint8_t>(size * 37 + 200));
  }
}

}  // namespace
}  // namespace reeve::crypto
