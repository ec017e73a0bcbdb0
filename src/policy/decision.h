// SPDX-License-Identifier: Apache-2.0
// The one decision (contract, 4): facts about a request against a Snapshot, every check with its result, and
// the counters that are still to be taken. Pure, allocates nothing: live traffic, explanations, the policy's
// own tests, fuzzer, simulator and benchmarks all ask this same function, so that what explains a refusal is
// what refused.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/inline_vector.h"
#include "base/ip.h"
#include "http/field_rules.h"
#include "http/message.h"
#include "policy/credential.h"
#include "policy/route_table.h"
#include "policy/snapshot.h"

namespace reeve::policy {

/// What is known of a request when it is judged. Built only by facts.h. Views live as long as the request.
struct Facts {
  const http::RequestHead* head = nullptr;  ///< for header subjects and the body
  WallTime now{};
  bool any_time = false;     ///< an `expect` without `at`: hours pass
  bool any_address = false;  ///< an `expect` without `from`: networks pass
  /// None: a Unix peer that is not listed.
  std::optional<IpAddress> client;
  /// What no route can serve: a failure of the check `request`. Then no route need have been looked for.
  std::optional<Code> request_flaw;
  bool routed = false;  ///< `match` and what follows is known
  RouteMatch::Kind match = RouteMatch::Kind::NoRoute;
  std::uint32_t route = kNone;     ///< found; for NoMethod and NoCondition some route of the resource
  std::uint32_t resource = kNone;  ///< as in RouteMatch, unless NoRoute
  bool encoded_slash = false;      ///< the path holds %2F
  http::UpgradeTokens upgrade;
  CredentialVerdict credential;
  /// Index in Snapshot::limits of an exhausted `on: refused` limit of this address, or kNone.
  std::uint32_t knocking = kNone;
};

enum class CheckResult : std::uint8_t {
  Skipped,  ///< not configured
  Pass,
  Fail,
  Depends,  ///< on a counter's value
  Unknown,  ///< an input is missing because an earlier check failed
};

struct CheckOutcome {
  CheckResult result = CheckResult::Skipped;
  Code code{};  ///< when it failed
};

/// One counter to be taken, in the order of Decision::charges.
struct Charge {
  std::uint32_t limit;  ///< index in Snapshot::limits
  enum class From : std::uint8_t { Global, Route, Team, Caller } from;
  std::uint16_t index;  ///< of its use in that list, for the position
};

struct Decision {
  std::array<CheckOutcome, kCheckCount> checks{};
  std::uint32_t route = kNone;   ///< found
  std::uint32_t caller = kNone;  ///< of the accepted credential
  std::uint32_t key = kNone;
  /// Each limit once: concurrency, rate, quota; within a kind global, route, team, caller, as listed.
  InlineVector<Charge, 12> charges;

  CheckOutcome& operator[](Check check) { return checks[static_cast<std::size_t>(check)]; }
  const CheckOutcome& operator[](Check check) const { return checks[static_cast<std::size_t>(check)]; }
  /// The first check that failed; none: the pure checks let it pass.
  std::optional<Check> refused_by() const;
};

/// The check that counters of a kind belong to.
Check check_of(LimitKind kind);

/// Fills `decision`, which must be fresh.
void decide(const Snapshot& snapshot, const Facts& facts, Decision& decision);

/// Whether the client must not learn that this route exists: on a hidden route refusals by `method` to
/// `body`, and those of `request` that the route gave, look like no route.
bool conceals(const Snapshot& snapshot, const Facts& facts, const Decision& decision);

}  // namespace reeve::policy
