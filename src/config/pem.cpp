// SPDX-License-Identifier: Apache-2.0
#include "config/pem.h"

#include <fmt/format.h>

#include "config/values.h"
#include "crypto/pem.h"

namespace reeve::config {

std::optional<PemPair> pem_pair(const yaml::Node& object, Context& context) {
  const yaml::Node* cert_at = get(object, "cert");
  const yaml::Node* key_at = get(object, "key");
  auto cert = cert_at == nullptr ? std::nullopt : referenced_file(*cert_at, context);
  auto key = key_at == nullptr ? std::nullopt : referenced_file(*key_at, context);
  const auto judge = [&](const auto& checked, const yaml::Node& at, std::string_view what) {
    if (checked) return true;
    context.findings.error(rule::kBadValue, at.at, fmt::format("{}: {}", quoted(at.text), checked.error()),
                           fmt::format("name a PEM file that holds {}", what));
    return false;
  };
  const bool good_cert = cert && judge(crypto::read_certificate(*cert), *cert_at,
                                       "the certificate chain, the server's own first");
  const bool good_key = key && judge(crypto::check_private_key(*key), *key_at, "one unencrypted private key");
  if (!good_cert || !good_key) return std::nullopt;
  if (!judge(crypto::check_certificate_and_key(*cert, *key), *key_at, "the key of that certificate"))
    return std::nullopt;
  return PemPair{context.absolute(cert_at->text), std::move(*cert), std::move(*key)};
}

std::optional<std::string> ca_bundle(const yaml::Node& value, Context& context) {
  auto bytes = referenced_file(value, context);
  if (!bytes) return std::nullopt;
  if (const auto checked = crypto::check_ca_bundle(*bytes); !checked) {
    context.findings.error(rule::kBadValue, value.at,
                           fmt::format("{}: {}", quoted(value.text), checked.error()),
                           "name a PEM file that holds one or more CA certificates");
    return std::nullopt;
  }
  return bytes;
}

}  // namespace reeve::config
