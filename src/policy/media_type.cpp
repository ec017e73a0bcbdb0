// SPDX-License-Identifier: Apache-2.0
#include "policy/media_type.h"

#include <algorithm>

#include "base/ascii.h"

namespace reeve::policy {

std::string_view without_parameters(std::string_view content_type) {
  return ascii::trim(content_type.substr(0, content_type.find(';')));
}

bool accepted(const std::vector<MediaType>& types, std::string_view content_type) {
  const std::string_view came = without_parameters(content_type);
  return std::ranges::any_of(types, [&](const MediaType& type) {
    const std::string_view wanted = type.text;
    if (!wanted.ends_with("/*")) return ascii::iequals(came, wanted);
    const std::size_t prefix = wanted.size() - 1;
    return came.size() > prefix && ascii::iequals(came.substr(0, prefix), wanted.substr(0, prefix));
  });
}

}  // namespace reeve::policy
