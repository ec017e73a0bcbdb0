// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls_fixture.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

namespace reeve::test {

namespace {

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "tls_fixture: %s failed\n", what);
  std::abort();
}

using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using Certificate = std::unique_ptr<X509, decltype([](X509* certificate) { X509_free(certificate); })>;
using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free_all(bio); })>;

Key make_key(TestKey kind) {
  EVP_PKEY* key = nullptr;
  switch (kind) {
    case TestKey::Ec256:
      key = EVP_EC_gen("P-256");
      break;
    case TestKey::Rsa2048:
      key = EVP_RSA_gen(2048);
      break;
    case TestKey::Rsa1024:
      key = EVP_RSA_gen(1024);
      break;
    case TestKey::Ed25519:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      break;
  }
  require(key != nullptr, "key generation");
  return Key(key);
}

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(bio.get(), certificate) == 1, "writing a certificate");
  return text_of(bio.get());
}

std::string to_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "writing a key");
  return text_of(bio.get());
}

Certificate certificate_from(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

Key key_from(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  require(extension != nullptr, "an extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::string alternative_names(const TestCertificate& wanted) {
  std::string names;
  for (const std::string& name : wanted.dns_names) names += (names.empty() ? "DNS:" : ",DNS:") + name;
  for (const std::string& address : wanted.addresses) names += (names.empty() ? "IP:" : ",IP:") + address;
  return names;
}

constexpr long kDay = 24L * 60 * 60;

// A null issuer means: itself.
TlsIdentity make(const TestCertificate& wanted, X509* issuer, EVP_PKEY* issuer_key) {
  const Key key = make_key(wanted.key);
  const Certificate certificate(X509_new());
  X509* made = certificate.get();
  X509_set_version(made, X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial >> 1);
  const bool past = wanted.valid_days < 0;
  X509_gmtime_adj(X509_getm_notBefore(made), past ? (wanted.valid_days - 30) * kDay : -kDay);
  X509_gmtime_adj(X509_getm_notAfter(made), wanted.valid_days * kDay);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()), -1, -1, 0);
  if (issuer == nullptr) issuer = made;
  X509_set_issuer_name(made, X509_get_subject_name(issuer));
  X509_set_pubkey(made, key.get());
  add_extension(made, issuer, NID_basic_constraints, wanted.is_ca ? "critical,CA:TRUE" : "CA:FALSE");
  add_extension(made, issuer, NID_subject_key_identifier, "hash");
  if (wanted.is_ca) add_extension(made, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  if (const std::string names = alternative_names(wanted); !names.empty())
    add_extension(made, issuer, NID_subject_alt_name, names);
  EVP_PKEY* signer = issuer_key != nullptr ? issuer_key : key.get();
  const EVP_MD* digest = EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  require(X509_sign(made, signer, digest) > 0, "signing");
  return {to_pem(made), to_pem(key.get())};
}

}  // namespace

TestAuthority::TestAuthority(const std::string& common_name)
    : ca_(make({.common_name = common_name, .is_ca = true}, nullptr, nullptr)) {}
TestAuthority::~TestAuthority() = default;

TlsIdentity TestAuthority::issue(const TestCertificate& wanted) const {
  const Certificate issuer = certificate_from(ca_.cert_pem);
  const Key key = key_from(ca_.key_pem);
  return make(wanted, issuer.get(), key.get());
}

TlsIdentity self_signed(const TestCertificate& wanted) {
  return make(wanted, nullptr, nullptr);
}

std::string lock_key(const std::string& key_pem, const std::string& passphrase) {
  const Key key = key_from(key_pem);
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(),
                                   reinterpret_cast<const unsigned char*>(passphrase.data()),
                                   static_cast<int>(passphrase.size()), nullptr, nullptr) == 1,
          "locking a key");
  return text_of(bio.get());
}

}  // namespace reeve::test
