// SPDX-License-Identifier: Apache-2.0
// What can go wrong in the data plane, as a value: which refusal (contract, 4.3), whose fault, and how much
// of the request the upstream may have seen. One table gives each code its status, check and retry class.
// Configuration problems are not these: they are config::Finding, with a position.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace reeve {

/// The refusals and failures that Reeve itself answers with. The order is that of the contract, 4.3.
enum class Code : std::uint8_t {
  RequestMalformed,
  RequestTimeout,
  UriTooLong,
  HeadTooLarge,
  MethodNotImplemented,
  VersionNotSupported,
  MisdirectedRequest,
  LoopDetected,
  UpgradeRefused,
  RouteNotFound,
  MethodNotAllowed,
  CredentialMissing,
  CredentialMisplaced,
  CredentialMalformed,
  CredentialUnknown,
  CredentialAmbiguous,
  CredentialExpired,
  CredentialRevoked,
  CredentialNotYetValid,
  CredentialWrongEnvironment,
  PermissionMissing,
  IpNotAllowed,
  IpBlocked,
  OutsideHours,
  BodyTooLarge,
  BodyTypeRefused,
  RateLimited,
  QuotaExhausted,
  ConcurrencyLimited,
  UpstreamUnreachable,
  UpstreamMalformed,
  UpstreamTimeout,
  NoHealthyTarget,
  DependencyUnavailable,
  Overloaded,
  Maintenance,
  Draining,
  InternalError,
  ClientClosed,  ///< never sent: the client left before the head (logged 499)
};
inline constexpr std::size_t kCodeCount = static_cast<std::size_t>(Code::ClientClosed) + 1;

/// The checks of the contract, 4.2, in their order. Cheap ones and those that need no caller come first; a
/// stolen key must not be confirmed from a foreign address, so the networks stand before it.
enum class Check : std::uint8_t {
  Request,
  GlobalNetwork,
  Route,
  Method,
  RouteNetwork,
  IpLimit,
  Credential,
  CallerNetwork,
  Hours,
  Quarantine,
  Permission,
  Model,
  Body,
  Concurrency,
  Rate,
  Quota,
  Budget,
  Target,
};
inline constexpr std::size_t kCheckCount = static_cast<std::size_t>(Check::Target) + 1;

/// Whether another attempt may be made after a failure with this code; policy::may_try_next decides.
enum class RetryClass : std::uint8_t {
  Never,           ///< the answer would be the same
  ConnectFailure,  ///< nothing was sent
  Timeout,
  Status,  ///< by the status code given in `retry.on`
};

struct CodeFacts {
  std::string_view name;  ///< as in the contract: `route-not-found`
  std::uint16_t status;
  Check check;  ///< the one that gives it; for ip-* and rate-limited the route's, others can too
  RetryClass retry;
};

/// Total over the enumeration.
const CodeFacts& facts(Code code);
/// The code of that contract name, if it is one.
std::optional<Code> code_named(std::string_view name);
/// The word of the contract for a check: `request`, `global_network`, …
std::string_view name(Check check);

enum class Fault : std::uint8_t { Client, Upstream, Gateway, Cancelled };

/// How much of the request may have reached the upstream.
enum class Sent : std::uint8_t { Nothing, HeadOnly, PartOfBody };

struct Error {
  Code code;
  Fault fault;
  Sent sent = Sent::Nothing;
  /// Static text for people: what exactly was seen. Never holds request data.
  std::string_view context = {};
};

template <class T>
using Result = std::expected<T, Error>;

/// `RV_TRY(name, expression)`: name the value of a Result, or return its error.
/// `RV_CO_TRY`: the same in a coroutine. Plain statements, so that no compiler trips over them in coroutines.
#define RV_TRY(name, ...)                                            \
  auto name##_result = (__VA_ARGS__);                                \
  if (!name##_result) return std::unexpected(name##_result.error()); \
  auto& name = *name##_result
#define RV_CO_TRY(name, ...)                                            \
  auto name##_result = (__VA_ARGS__);                                   \
  if (!name##_result) co_return std::unexpected(name##_result.error()); \
  auto& name = *name##_result

}  // namespace reeve
