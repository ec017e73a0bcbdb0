// SPDX-License-Identifier: Apache-2.0
// What one presented value is worth: malformed, unknown, out of force, accepted (rules, 3, in that order).
// Internal to `identify`. An unknown id and a wrong secret take one path and end in one verdict.
#pragma once

#include "crypto/engine.h"
#include "identity/credential.h"
#include "identity/places.h"
#include "policy/credential.h"

namespace reeve::identity {

/// `value.text` is not empty.
policy::CredentialVerdict judge(const Value& value, const KeyRules& rules, crypto::Engine& engine);

}  // namespace reeve::identity
