// SPDX-License-Identifier: Apache-2.0
#include "crypto/x509.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <span>

#include "base/ascii.h"
#include "crypto/sha256.h"

namespace reeve::crypto {

namespace {

using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freeing<&GENERAL_NAMES_free>>;

// What TLS wants at OpenSSL's security level 2, Debian's default: RSA 2048, EC 224, no SHA-1 signature.
constexpr int kSecurityBits = 112;

BioPtr reader_of(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Why there is no certificate in the text, for people.
std::string no_certificate(std::string_view text) {
  if (text.empty()) return "the file is empty: expected a PEM certificate";
  if (text.find("PRIVATE KEY-----") != std::string_view::npos)
    return "holds a private key, but no certificate: are `cert` and `key` interchanged?";
  if (text.find("CERTIFICATE REQUEST-----") != std::string_view::npos)
    return "holds a signing request, no certificate: use the file that the CA sent back";
  if (text.front() == '\x30')
    return "looks like DER: convert it with `openssl x509 -inform der -in FILE -out FILE.pem`";
  return "holds no certificate: expected a line `-----BEGIN CERTIFICATE-----`";
}

std::string no_key(std::string_view text) {
  if (text.empty()) return "the file is empty: expected a PEM private key";
  if (text.find("BEGIN CERTIFICATE-----") != std::string_view::npos &&
      text.find("PRIVATE KEY-----") == std::string_view::npos)
    return "holds a certificate, but no private key: are `cert` and `key` interchanged?";
  if (text.find("PUBLIC KEY-----") != std::string_view::npos &&
      text.find("PRIVATE KEY-----") == std::string_view::npos)
    return "holds a public key, no private key";
  if (text.front() == '\x30')
    return "looks like DER: convert it with `openssl pkey -inform der -in FILE -out FILE.pem`";
  if (text.find("PRIVATE KEY-----") != std::string_view::npos)
    return "the private key is damaged: its PEM text cannot be decoded";
  return "holds no private key: expected a line `-----BEGIN PRIVATE KEY-----`";
}

/// One block of a PEM text; the bytes are wiped, for it may be a key.
struct Block {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;

  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  }
};

bool is_certificate(std::string_view name) {
  return name == PEM_STRING_X509 || name == PEM_STRING_X509_OLD || name == PEM_STRING_X509_TRUSTED;
}

WallTime to_wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = ascii::lower(c);
  return result;
}

std::string common_name_of(const X509* certificate) {
  std::array<char, 256> text{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text.data(),
                                             static_cast<int>(text.size()));
  return size <= 0 ? std::string() : lower({text.data(), static_cast<std::size_t>(size)});
}

void add_alternative_name(const GENERAL_NAME& name, CertificateInfo& info) {
  if (name.type == GEN_DNS) {
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name.d.dNSName));
    info.dns_names.push_back(lower({text, static_cast<std::size_t>(ASN1_STRING_length(name.d.dNSName))}));
  } else if (name.type == GEN_IPADD) {
    const std::span<const unsigned char> bytes(
        ASN1_STRING_get0_data(name.d.iPAddress),
        static_cast<std::size_t>(ASN1_STRING_length(name.d.iPAddress)));
    if (bytes.size() == 4) info.addresses.push_back(IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]}));
    if (bytes.size() == 16) {
      std::array<std::uint8_t, 16> copy{};
      std::copy(bytes.begin(), bytes.end(), copy.begin());
      info.addresses.push_back(IpAddress::v6(copy));
    }
  }
}

Checked<void> check_strength(X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return std::unexpected("the certificate's public key is of an unknown kind");
  if (EVP_PKEY_get_security_bits(key) < kSecurityBits)
    return std::unexpected(
        fmt::format("the key of {} bits is too weak for TLS: make one of RSA 2048 bits or more, or EC P-256",
                    EVP_PKEY_get_bits(key)));
  int signature_bits = 0;
  if (X509_self_signed(certificate, 0) != 1 &&
      X509_get_signature_info(certificate, nullptr, nullptr, &signature_bits, nullptr) == 1 &&
      signature_bits < kSecurityBits)
    return std::unexpected(
        "the certificate is signed with a hash that TLS no longer accepts (SHA-1 or MD5): "
        "have it issued anew with SHA-256");
  return {};
}

}  // namespace

Checked<std::vector<X509Ptr>> parse_certificates(std::string_view pem) {
  ERR_clear_error();
  const BioPtr reader = reader_of(pem);
  std::vector<X509Ptr> certificates;
  for (;;) {
    Block block;
    if (PEM_read_bio(reader.get(), &block.name, &block.header, &block.data, &block.size) != 1) {
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      const std::string reason = take_openssl_error("damaged");
      if (at_end) break;
      return std::unexpected(
          fmt::format("the PEM block after certificate {} is damaged ({})", certificates.size(), reason));
    }
    if (!is_certificate(block.name)) continue;  // a key in the same file is usual
    const unsigned char* at = block.data;
    X509Ptr certificate(std::string_view(block.name) == PEM_STRING_X509_TRUSTED
                            ? d2i_X509_AUX(nullptr, &at, block.size)
                            : d2i_X509(nullptr, &at, block.size));
    if (certificate == nullptr)
      return std::unexpected(fmt::format("certificate {} of the file is damaged ({})",
                                         certificates.size() + 1, take_openssl_error("not decodable")));
    certificates.push_back(std::move(certificate));
  }
  if (certificates.empty()) return std::unexpected(no_certificate(pem));
  return certificates;
}

Checked<KeyPtr> parse_private_key(std::string_view pem) {
  ERR_clear_error();
  const BioPtr reader = reader_of(pem);
  bool asked_for_passphrase = false;
  const auto refuse_passphrase = [](char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
  };
  KeyPtr key(PEM_read_bio_PrivateKey(reader.get(), nullptr, refuse_passphrase, &asked_for_passphrase));
  ERR_clear_error();
  if (key != nullptr) return key;
  if (asked_for_passphrase)
    return std::unexpected(
        "the private key is locked with a passphrase, which nobody can type at start: write an "
        "unlocked one with `openssl pkey -in FILE -out FILE.open` and protect it by its mode (0600)");
  return std::unexpected(no_key(pem));
}

Checked<void> check_pair(const std::vector<X509Ptr>& chain, EVP_PKEY* key) {
  if (X509_check_private_key(chain.front().get(), key) != 1) {
    ERR_clear_error();
    for (std::size_t i = 1; i < chain.size(); ++i) {
      const bool fits = X509_check_private_key(chain[i].get(), key) == 1;
      ERR_clear_error();
      if (fits)
        return std::unexpected(fmt::format(
            "the key belongs to certificate {} of the file: put that one first, then those that signed it",
            i + 1));
    }
    return std::unexpected(
        fmt::format("the key does not belong to the certificate of `{}`: one of the two is of "
                    "another renewal, or the files are mixed up",
                    subject_of(chain.front().get())));
  }
  return check_strength(chain.front().get());
}

std::string subject_of(const X509* certificate) {
  const BioPtr text(BIO_new(BIO_s_mem()));
  // RFC 2253 escapes bytes ≥ 0x80 unless told otherwise; control characters stay escaped.
  if (X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0,
                         XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
    return {};
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string fingerprint_of(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  std::string text = sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return text;
}

CertificateInfo describe(const X509* certificate) {
  CertificateInfo info;
  int critical = 0;
  const NamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, nullptr)));
  if (names != nullptr) {
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i)
      add_alternative_name(*sk_GENERAL_NAME_value(names.get(), i), info);
  } else if (critical == -1) {  // absent, not merely unreadable
    if (std::string name = common_name_of(certificate); !name.empty())
      info.dns_names.push_back(std::move(name));
  }
  info.not_before = to_wall_time(X509_get0_notBefore(certificate));
  info.not_after = to_wall_time(X509_get0_notAfter(certificate));
  info.subject = subject_of(certificate);
  info.fingerprint = fingerprint_of(certificate);
  return info;
}

}  // namespace reeve::crypto
