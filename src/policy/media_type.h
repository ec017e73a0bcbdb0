// SPDX-License-Identifier: Apache-2.0
// Media types of request bodies (contract, 2, body.types): compared without parameters and case; `type/*` is
// any subtype. RFC 9110 8.3.1. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace reeve::policy {

/// Lower case, without parameters; `type/*` is any of that type.
struct MediaType {
  std::string text;
};

/// The type of a Content-Type value, without parameters and white space.
std::string_view without_parameters(std::string_view content_type);
bool accepted(const std::vector<MediaType>& types, std::string_view content_type);

}  // namespace reeve::policy
