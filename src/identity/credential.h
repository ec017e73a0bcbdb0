// SPDX-License-Identifier: Apache-2.0
// Who sent this request (contract, 3; rules, 3): the credential that counts among all that came, what it is
// worth for the route that was found, and what must not travel on. Asked once a request, between `match` and
// `decide`. Values in, values out: no I/O, no clock; nothing of a credential is in the answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/inline_vector.h"
#include "base/time.h"
#include "crypto/engine.h"
#include "http/message.h"
#include "policy/caller.h"
#include "policy/credential.h"

namespace reeve::identity {

/// Against what credentials are judged.
struct KeyRules {
  const policy::KeyTable& keys;
  policy::KeyEnvironment environment = policy::KeyEnvironment::Live;  ///< of this gateway
  WallTime now{};
  bool any_time = false;  ///< dates pass (an `expect` without `at`); `revoked: true` does not
};

/// What is left out when the request is forwarded: every place that holds the accepted credential and was
/// looked at.
struct Removal {
  struct Range {
    std::uint32_t begin;
    std::uint32_t end;  ///< behind the '&', if one follows
  };
  InlineVector<std::uint32_t, 4> lines;  ///< indices in Head::fields, ascending
  InlineVector<Range, 2> query;          ///< offsets in RequestHead::query, ascending

  bool empty() const { return lines.empty() && query.empty(); }
};

/// Writes the query without what is removed into `out` (as large as `query`) and returns the length; the rest
/// is as it was sent. 0: then no '?' either.
std::size_t copy_query(std::string_view query, const Removal& removal, char* out);

struct Identified {
  policy::CredentialVerdict verdict;
  Removal removal;  ///< empty unless a credential was accepted and is not to be forwarded
};

/// Fills `identified`, which must be fresh. Time and memory are linear in the head; on the good path nothing
/// is allocated.
void identify(const http::RequestHead& head, const policy::Acceptance& acceptance, const KeyRules& rules,
              crypto::Engine& engine, Identified& identified);

/// What one value is worth that came in a proper place; for questions about a key without a request. Never
/// empty.
policy::CredentialVerdict judge_key(std::string_view value, policy::CredentialPlace place,
                                    const KeyRules& rules, crypto::Engine& engine);

}  // namespace reeve::identity
