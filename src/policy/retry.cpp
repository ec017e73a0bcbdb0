// SPDX-License-Identifier: Apache-2.0
#include "policy/retry.h"

namespace reeve::policy {

namespace {

bool status_listed(const RetryPolicy& policy, std::uint16_t status) {
  return (status == 502 && policy.on_502) || (status == 503 && policy.on_503) ||
         (status == 504 && policy.on_504);
}

/// Nothing reached the target: safe for every method.
bool is_connect_failure(const AttemptEnd& end) {
  const Error* error = std::get_if<Error>(&end);
  return error != nullptr && facts(error->code).retry == RetryClass::ConnectFailure &&
         error->sent == Sent::Nothing;
}

bool listed(const RetryPolicy& policy, const AttemptEnd& end) {
  if (const auto* status = std::get_if<std::uint16_t>(&end)) return status_listed(policy, *status);
  const CodeFacts& code = facts(std::get<Error>(end).code);
  switch (code.retry) {
    case RetryClass::Never:
      return false;
    case RetryClass::ConnectFailure:
      // Lost after something was sent: not a failure to connect, but it would be answered 502.
      return is_connect_failure(end) ? policy.on_connect_failure : status_listed(policy, code.status);
    case RetryClass::Timeout:
      return policy.on_timeout || status_listed(policy, code.status);
    case RetryClass::Status:
      return status_listed(policy, code.status);
  }
  return false;
}

}  // namespace

NextAttempt may_try_next(const RetryPolicy& policy, bool idempotent, std::uint32_t attempt,
                         std::size_t targets, const AttemptEnd& end) {
  if (!listed(policy, end) || (!idempotent && !is_connect_failure(end))) return NextAttempt::No;
  if (policy.attempts == 0)  // the default: one more, and only elsewhere
    return attempt < 2 && targets > 1 ? NextAttempt::OtherTarget : NextAttempt::No;
  return attempt < policy.attempts ? NextAttempt::AnyTarget : NextAttempt::No;
}

}  // namespace reeve::policy
