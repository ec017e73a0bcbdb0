// SPDX-License-Identifier: Apache-2.0
#include "identity/challenge.h"

namespace reeve::identity {

void add_challenges(const policy::Acceptance& acceptance, const policy::CredentialVerdict& verdict,
                    Challenges& challenges) {
  if (!acceptance.key) return;
  const bool came =
      verdict.state == policy::CredentialVerdict::State::Refused && verdict.code != Code::CredentialMissing;
  challenges.push_back(came ? R"(Bearer realm="reeve", error="invalid_token")" : R"(Bearer realm="reeve")");
}

}  // namespace reeve::identity
