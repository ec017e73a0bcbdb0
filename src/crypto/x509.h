// SPDX-License-Identifier: Apache-2.0
// The parsed forms behind crypto/pem.h, for those that hand them to OpenSSL (net/tls_*). Errors are texts for
// people; nothing here does I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/openssl.h"
#include "crypto/pem.h"

namespace reeve::crypto {

/// Every certificate of the text, in order, at least one.
Checked<std::vector<X509Ptr>> parse_certificates(std::string_view pem);
Checked<KeyPtr> parse_private_key(std::string_view pem);
/// The key belongs to the chain's first certificate and both are strong enough for TLS.
Checked<void> check_pair(const std::vector<X509Ptr>& chain, EVP_PKEY* key);

std::string subject_of(const X509* certificate);
std::string fingerprint_of(const X509* certificate);
CertificateInfo describe(const X509* certificate);

}  // namespace reeve::crypto
