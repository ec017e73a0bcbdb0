// SPDX-License-Identifier: Apache-2.0
#include "policy/standing.h"

namespace reeve::policy {

namespace {

constexpr Code code_of(LimitKind kind) {
  switch (kind) {
    case LimitKind::Concurrency:
      return Code::ConcurrencyLimited;
    case LimitKind::Rate:
      return Code::RateLimited;
    case LimitKind::Quota:
      break;
  }
  return Code::QuotaExhausted;
}

}  // namespace

void conclude(const Snapshot& snapshot, const Standings& standings, Decision& decision) {
  for (const Standing& standing : standings) {
    const LimitKind kind = snapshot.limits[standing.limit].kind;
    CheckOutcome& outcome = decision[check_of(kind)];
    if (standing.refuses()) {
      outcome = {.result = CheckResult::Fail, .code = code_of(kind)};
    } else if (outcome.result == CheckResult::Depends) {
      outcome.result = CheckResult::Pass;
    }
  }
}

}  // namespace reeve::policy
