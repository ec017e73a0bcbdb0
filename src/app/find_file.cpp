// SPDX-License-Identifier: Apache-2.0
#include "app/find_file.h"

#include <unistd.h>

#include <cstdlib>

namespace reeve::app {

const char* const kMinimalFile = R"(listen:
  - { address: "127.0.0.1:8080" }
upstreams:
  service: { targets: [ "http://127.0.0.1:9000" ] }
routes:
  - name: everything
    match: { path: "/{rest...}" }
    authenticate: [ none ]
    upstream: service
)";

std::optional<std::string> find_file(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* named = std::getenv("REEVE_CONFIG"); named != nullptr && *named != '\0')
    return std::string(named);
  for (const char* place : {"reeve.yaml", "/etc/reeve/reeve.yaml"})
    if (::access(place, F_OK) == 0) return std::string(place);
  return std::nullopt;
}

}  // namespace reeve::app
