// SPDX-License-Identifier: Apache-2.0
// Which configuration file a command means (contract, 1): -c, else REEVE_CONFIG, ./reeve.yaml,
// /etc/reeve/reeve.yaml.
#pragma once

#include <optional>
#include <string>

namespace reeve::app {

/// `given` is what -c said, "" if nothing. Nothing: there is none.
std::optional<std::string> find_file(const std::string& given);

/// A whole small configuration that works, for whoever has none.
extern const char* const kMinimalFile;

}  // namespace reeve::app
