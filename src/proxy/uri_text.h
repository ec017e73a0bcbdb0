// SPDX-License-Identifier: Apache-2.0
// Texts that become part of a URI (Location, a forwarded path): what a URI may not hold is percent-encoded,
// what is encoded already stays. Normal forms are http/path.h's business.
#pragma once

#include <string>
#include <string_view>

namespace reeve::proxy {

/// `text` with bytes that RFC 3986 allows nowhere (controls, space, non-ASCII, `"<>\^`{|}`) percent-encoded.
std::string encode_uri(std::string_view text);

}  // namespace reeve::proxy
