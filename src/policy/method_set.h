// SPDX-License-Identifier: Apache-2.0
// Sets of HTTP methods as one bit each, so that judging a route's method is one test. Methods without a bit
// of their own share Method::Other: those are compared by text. Used by the route table and by cors. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace reeve::policy {

using MethodMask = std::uint16_t;
inline constexpr MethodMask kAllMethods = 0xffff;

constexpr MethodMask bit(http::Method method) {
  return static_cast<MethodMask>(1u << static_cast<unsigned>(method));
}
/// GET stands for HEAD too; no method at all means every method.
MethodMask mask_of(const std::vector<std::string>& methods);
/// RFC 9110 9.2.2.
bool is_idempotent(http::Method method);

}  // namespace reeve::policy
