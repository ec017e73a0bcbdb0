// SPDX-License-Identifier: Apache-2.0
#include "app/build_info.h"

#include <ares.h>
#include <fmt/format.h>
#include <libfyaml.h>
#include <openssl/crypto.h>
#include <simdjson.h>

#if __has_include(<mimalloc.h>) && !defined(REEVE_SANITIZED)
#include <mimalloc.h>
#define REEVE_HAS_MIMALLOC 1
#endif

// SIMDJSON_VERSION is bare digits.
#define REEVE_TEXT_OF(x) #x
#define REEVE_TEXT(x) REEVE_TEXT_OF(x)

namespace reeve::app {

// Both come from CMake, for this file alone.
std::string_view version() {
  return REEVE_VERSION;
}
std::string_view commit() {
  return REEVE_COMMIT;
}

std::string compiler() {
  return fmt::format("clang {}", __clang_version__);
}

std::vector<std::pair<std::string, std::string>> libraries() {
  std::vector<std::pair<std::string, std::string>> all{
      {"openssl", ::OpenSSL_version(OPENSSL_VERSION_STRING)},
      {"c-ares", ::ares_version(nullptr)},
      {"libfyaml", ::fy_library_version()},
      {"simdjson", REEVE_TEXT(SIMDJSON_VERSION)},
      {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"libstdc++", fmt::format("{}", _GLIBCXX_RELEASE)},
  };
#ifdef REEVE_HAS_MIMALLOC
  const int mi = ::mi_version();
  all.emplace_back("mimalloc", fmt::format("{}.{}.{}", mi / 100, mi / 10 % 10, mi % 10));
#endif
  return all;
}

}  // namespace reeve::app
