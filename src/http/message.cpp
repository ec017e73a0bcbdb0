// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <array>

namespace reeve::http {

std::string_view name(Method method) {
  // In the order of the enumeration.
  constexpr std::array<std::string_view, 10> kNames{"",       "GET",     "HEAD",  "POST",    "PUT",
                                                    "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"};
  return kNames[static_cast<std::size_t>(method)];
}

Method method_of(std::string_view text) {
  switch (text.size()) {
    case 3:
      if (text == "GET") return Method::Get;
      if (text == "PUT") return Method::Put;
      break;
    case 4:
      if (text == "POST") return Method::Post;
      if (text == "HEAD") return Method::Head;
      break;
    case 5:
      if (text == "PATCH") return Method::Patch;
      if (text == "TRACE") return Method::Trace;
      break;
    case 6:
      if (text == "DELETE") return Method::Delete;
      break;
    case 7:
      if (text == "OPTIONS") return Method::Options;
      if (text == "CONNECT") return Method::Connect;
      break;
    default:
      break;
  }
  return Method::Other;
}

}  // namespace reeve::http
