// SPDX-License-Identifier: Apache-2.0
// Certificates, private keys and CA bundles in PEM, judged where the configuration is loaded (`certs`, `key`,
// `ca`, `client_ca`) and described for logs and metrics. Texts of errors tell the reader what is wrong and
// what to do; they never hold key material. No files: whoever has the bytes calls. Any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/time.h"

namespace reeve::crypto {

template <class T>
using Checked = std::expected<T, std::string>;

struct CertificateInfo {
  /// DNS names of the subject alternative name, lower case, `*.suffix` possible. The common name only when
  /// the certificate has no alternative name at all.
  std::vector<std::string> dns_names;
  std::vector<IpAddress> addresses;
  WallTime not_before;
  WallTime not_after;
  std::string subject;           ///< RFC 2253, UTF-8
  std::string fingerprint;       ///< lower-case hex SHA-256 of the DER
  std::size_t chain_length = 1;  ///< certificates in the file, the described one included
};

/// The first certificate of a chain (the server's or client's own); all of them must be readable.
Checked<CertificateInfo> read_certificate(std::string_view chain_pem);

/// One unencrypted private key.
Checked<void> check_private_key(std::string_view key_pem);

/// Both are readable, the key belongs to the first certificate, and TLS can use them (strength).
Checked<void> check_certificate_and_key(std::string_view chain_pem, std::string_view key_pem);

/// How many CA certificates the bundle holds, at least one, all readable and each a CA (or self-signed).
Checked<std::size_t> check_ca_bundle(std::string_view bundle_pem);

/// Whether `host` (lower case, no port, no trailing dot) is meant by `pattern` (lower case): the same name,
/// or
/// `*.suffix` = one or more labels before the suffix, as everywhere in the configuration.
bool host_matches(std::string_view pattern, std::string_view host);

}  // namespace reeve::crypto
