// SPDX-License-Identifier: Apache-2.0
// The pairs of code and check that refusals are counted under. Most codes come from one check; the few that
// several checks give have rows of their own.
#pragma once

#include <array>
#include <cstddef>

#include "base/error.h"

namespace reeve::telemetry {

struct RefusalKind {
  Code code;
  Check check;
};

inline constexpr std::array<RefusalKind, 5> kOtherChecks{{
    {Code::IpNotAllowed, Check::GlobalNetwork},
    {Code::IpNotAllowed, Check::CallerNetwork},
    {Code::IpBlocked, Check::GlobalNetwork},
    {Code::IpBlocked, Check::CallerNetwork},
    {Code::RateLimited, Check::IpLimit},
}};
inline constexpr std::size_t kRefusalKinds = kCodeCount + kOtherChecks.size();

/// A pair that is none counts under the code's own check.
constexpr std::size_t refusal_index(Code code, Check check) {
  for (std::size_t i = 0; i < kOtherChecks.size(); ++i)
    if (kOtherChecks[i].code == code && kOtherChecks[i].check == check) return kCodeCount + i;
  return static_cast<std::size_t>(code);
}
inline RefusalKind refusal_kind(std::size_t index) {
  if (index >= kCodeCount) return kOtherChecks[index - kCodeCount];
  const auto code = static_cast<Code>(index);
  return {code, facts(code).check};
}

}  // namespace reeve::telemetry
