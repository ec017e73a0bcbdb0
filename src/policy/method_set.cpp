// SPDX-License-Identifier: Apache-2.0
#include "policy/method_set.h"

namespace reeve::policy {

using http::Method;

MethodMask mask_of(const std::vector<std::string>& methods) {
  if (methods.empty()) return kAllMethods;
  MethodMask mask = 0;
  for (const std::string& text : methods) mask = static_cast<MethodMask>(mask | bit(http::method_of(text)));
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
