// SPDX-License-Identifier: Apache-2.0
#include "policy/method_set.h"

#include <array>

namespace reeve::policy {

namespace {

using http::Method;

// In the order of http::Method, without Other.
constexpr std::array<std::string_view, 9> kNames{"GET",     "HEAD",  "POST",    "PUT",  "DELETE",
                                                 "OPTIONS", "PATCH", "CONNECT", "TRACE"};

}  // namespace

Method method_of(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == text) return static_cast<Method>(i + 1);
  return Method::Other;
}

MethodMask mask_of(const std::vector<std::string>& methods) {
  if (methods.empty()) return kAllMethods;
  MethodMask mask = 0;
  for (const std::string& text : methods) mask = static_cast<MethodMask>(mask | bit(method_of(text)));
  if ((mask & bit(Method::Get)) != 0) mask = static_cast<MethodMask>(mask | bit(Method::Head));
  return mask;
}

bool is_idempotent(Method method) {
  switch (method) {
    case Method::Get:
    case Method::Head:
    case Method::Put:
    case Method::Delete:
    case Method::Options:
    case Method::Trace:
      return true;
    case Method::Other:
    case Method::Post:
    case Method::Patch:
    case Method::Connect:
      return false;
  }
  return false;
}

}  // namespace reeve::policy
