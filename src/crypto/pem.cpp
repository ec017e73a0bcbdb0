// SPDX-License-Identifier: Apache-2.0
#include "crypto/pem.h"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <utility>

#include "crypto/x509.h"

namespace reeve::crypto {

Checked<CertificateInfo> read_certificate(std::string_view chain_pem) {
  const auto chain = parse_certificates(chain_pem);
  if (!chain) return std::unexpected(chain.error());
  CertificateInfo info = describe(chain->front().get());
  info.chain_length = chain->size();
  return info;
}

Checked<void> check_private_key(std::string_view key_pem) {
  const auto key = parse_private_key(key_pem);
  if (!key) return std::unexpected(key.error());
  return {};
}

Checked<void> check_certificate_and_key(std::string_view chain_pem, std::string_view key_pem) {
  const auto chain = parse_certificates(chain_pem);
  if (!chain) return std::unexpected(chain.error());
  const auto key = parse_private_key(key_pem);
  if (!key) return std::unexpected(key.error());
  return check_pair(*chain, key->get());
}

Checked<std::size_t> check_ca_bundle(std::string_view bundle_pem) {
  const auto bundle = parse_certificates(bundle_pem);
  if (!bundle) return std::unexpected(bundle.error());
  for (std::size_t i = 0; i < bundle->size(); ++i) {
    X509* certificate = (*bundle)[i].get();
    if (X509_check_ca(certificate) == 0 && X509_self_signed(certificate, 0) != 1)
      return std::unexpected(fmt::format(
          "certificate {} of the file (`{}`) is not a CA: list the certificate that signed it instead", i + 1,
          subject_of(certificate)));
  }
  return bundle->size();
}

bool host_matches(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return pattern == host;
  const std::string_view suffix = pattern.substr(1);
  return host.size() > suffix.size() && host.ends_with(suffix);
}

}  // namespace reeve::crypto
