// SPDX-License-Identifier: Apache-2.0
// Certificates, keys and CA bundles that a configuration names: read, judged by crypto/pem.h, and every fault
// put where the file is named.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "config/context.h"
#include "config/yaml/node.h"

namespace reeve::config {

struct PemPair {
  std::string cert_file;  ///< absolute
  std::string cert;
  std::string key;
};
/// The keys `cert` and `key` of that mapping; both must be good.
std::optional<PemPair> pem_pair(const yaml::Node& object, Context& context);

std::optional<std::string> ca_bundle(const yaml::Node& value, Context& context);

}  // namespace reeve::config
