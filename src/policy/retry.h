// SPDX-License-Identifier: Apache-2.0
// Whether an attempt on an upstream may be followed by another (contract, 2, `retry`; rules, 2, "Upstreams").
// The proxy asks after every attempt that failed or was answered with a status that may be retried; it keeps
// the body for replay itself (64 KiB) and must not ask once part of it is gone. Pure.
#pragma once

#include <cstdint>
#include <variant>

#include "base/error.h"
#include "policy/upstream.h"

namespace reeve::policy {

enum class NextAttempt : std::uint8_t {
  No,           ///< what came is the answer
  OtherTarget,  ///< on a target that was not tried yet; if none is left, No
  AnyTarget,    ///< on one not tried yet if there is any, else on a tried one again
};

/// How an attempt ended: Reeve's own error, or a whole answer head with that status.
using AttemptEnd = std::variant<Error, std::uint16_t>;

/// `attempt` is the number of the one that ended, from 1; `targets` how many the upstream has.
NextAttempt may_try_next(const RetryPolicy& policy, bool idempotent, std::uint32_t attempt,
                         std::size_t targets, const AttemptEnd& end);

/// A reused connection ended before the first byte of an answer: whether the request goes once more, on a
/// fresh connection to the same target. This is no attempt and needs no policy. A method that is not
/// idempotent goes again only when nothing of it can have been processed.
constexpr bool may_resend_on_fresh(bool idempotent, Sent sent) {
  return idempotent || sent == Sent::Nothing;
}

}  // namespace reeve::policy
