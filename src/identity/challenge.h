// SPDX-License-Identifier: Apache-2.0
// WWW-Authenticate of a 401 (RFC 9110, 11.6.1; RFC 6750, 3; rules, 4): one challenge for each method that the
// route accepts and that has one. Static texts: nothing of the request is in them. Pure.
#pragma once

#include <string_view>

#include "base/inline_vector.h"
#include "policy/credential.h"

namespace reeve::identity {

/// One field value each.
using Challenges = InlineVector<std::string_view, 2>;

/// Appends to `challenges`. `error` is told only when a credential came.
void add_challenges(const policy::Acceptance& acceptance, const policy::CredentialVerdict& verdict,
                    Challenges& challenges);

}  // namespace reeve::identity
