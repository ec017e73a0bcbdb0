// SPDX-License-Identifier: Apache-2.0
// Any bytes as a certificate chain, a private key and a CA bundle, as PEM text and as the DER inside of it:
// an answer is a description or a text that says what is wrong, and no text holds key material.
#include <openssl/evp.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/pem.h"

namespace {

using namespace reeve;

void require(bool holds) {
  if (!holds) std::abort();
}

void judge(const std::string& pem) {
  const auto chain = crypto::read_certificate(pem);
  require(chain ? chain->chain_length > 0 && chain->fingerprint.size() == 64 : !chain.error().empty());
  if (const auto key = crypto::check_private_key(pem); !key) require(!key.error().empty());
  const auto bundle = crypto::check_ca_bundle(pem);
  require(bundle ? chain && *bundle == chain->chain_length : !bundle.error().empty());
  const auto both = crypto::check_certificate_and_key(pem, pem);
  require(!both || chain);
}

std::string wrapped(const std::string& kind, const std::uint8_t* data, std::size_t size) {
  std::string base64(4 * ((size + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), data, static_cast<int>(size));
  base64.resize(static_cast<std::size_t>(length));
  std::string text = "-----BEGIN " + kind + "-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) text += base64.substr(at, 64) + "\n";
  return text + "-----END " + kind + "-----\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8192) return 0;
  judge(std::string(reinterpret_cast<const char*>(data), size));
  judge(wrapped("CERTIFICATE", data, size));
  judge(wrapped("PRIVATE KEY", data, size));
  return 0;
}
