// SPDX-License-Identifier: Apache-2.0
#include "config/context.h"

#include <fmt/format.h>

#include "crypto/sha256.h"

namespace reeve::config {

std::string Context::place(SourcePos at) const {
  return fmt::format("{}:{}:{}", at.file < shown_files.size() ? shown_files[at.file] : "?", at.line,
                     at.column);
}

bool Context::may_compare(std::size_t names) {
  constexpr std::size_t kMost = 2'000'000;  // about a second
  if (compared + names > kMost) return false;
  compared += names;
  return true;
}

std::string Context::absolute(std::string_view path) const {
  return reader.absolute(path.starts_with('/') ? std::string(path) : fmt::format("{}/{}", folder, path));
}

std::optional<std::string> Context::variable(const std::string& name) {
  std::optional<std::string> value = environment.get(name);
  environment_used[name] = value ? crypto::sha256_hex(*value) : "-";
  if (value) findings.hide(*value, fmt::format("${{{}}}", name));
  return value;
}

}  // namespace reeve::config
