// SPDX-License-Identifier: Apache-2.0
// Numbers of enumerators in records, which outlive the version of Reeve that wrote them. An enumerator's
// number is its place here, whatever its place in the enumeration: append new ones, never move or remove one.
// For record.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/error.h"
#include "http/message.h"
#include "policy/credential.h"
#include "policy/decision.h"

namespace reeve::explain::numbers {

/// Both ways between enumerators and their numbers.
template <class Enum, std::size_t N>
class Table {
 public:
  consteval explicit Table(std::array<Enum, N> in_order) : values_(in_order) {
    for (std::size_t i = 0; i < N; ++i)
      numbers_[static_cast<std::size_t>(values_[i])] = static_cast<std::uint8_t>(i);
  }
  constexpr std::uint8_t number(Enum value) const { return numbers_[static_cast<std::size_t>(value)]; }
  constexpr std::optional<Enum> value(std::size_t number) const {
    return number < N ? std::optional(values_[number]) : std::nullopt;
  }
  /// Every enumerator stands here once, of which there are `count`.
  consteval bool whole(std::size_t count) const {
    for (std::size_t i = 0; i < N; ++i)
      if (number(values_[i]) != i) return false;
    return count == N;
  }

 private:
  std::array<Enum, N> values_;
  std::array<std::uint8_t, N> numbers_{};
};

inline constexpr Table kCodes(std::array{
    Code::RequestMalformed,
    Code::RequestTimeout,
    Code::UriTooLong,
    Code::HeadTooLarge,
    Code::MethodNotImplemented,
    Code::VersionNotSupported,
    Code::MisdirectedRequest,
    Code::LoopDetected,
    Code::UpgradeRefused,
    Code::RouteNotFound,
    Code::MethodNotAllowed,
    Code::CredentialMissing,
    Code::CredentialMisplaced,
    Code::CredentialMalformed,
    Code::CredentialUnknown,
    Code::CredentialAmbiguous,
    Code::CredentialExpired,
    Code::CredentialRevoked,
    Code::CredentialNotYetValid,
    Code::CredentialWrongEnvironment,
    Code::PermissionMissing,
    Code::IpNotAllowed,
    Code::IpBlocked,
    Code::OutsideHours,
    Code::BodyTooLarge,
    Code::BodyTypeRefused,
    Code::RateLimited,
    Code::QuotaExhausted,
    Code::ConcurrencyLimited,
    Code::UpstreamUnreachable,
    Code::UpstreamMalformed,
    Code::UpstreamTimeout,
    Code::NoHealthyTarget,
    Code::DependencyUnavailable,
    Code::Overloaded,
    Code::Maintenance,
    Code::Draining,
    Code::InternalError,
    Code::ClientClosed,
});
static_assert(kCodes.whole(kCodeCount), "append the new code to kCodes");

inline constexpr Table kResults(std::array{
    policy::CheckResult::Skipped,
    policy::CheckResult::Pass,
    policy::CheckResult::Fail,
    policy::CheckResult::Depends,
    policy::CheckResult::Unknown,
});
static_assert(kResults.whole(static_cast<std::size_t>(policy::CheckResult::Unknown) + 1));

inline constexpr Table kMethods(std::array{
    http::Method::Other,
    http::Method::Get,
    http::Method::Head,
    http::Method::Post,
    http::Method::Put,
    http::Method::Delete,
    http::Method::Options,
    http::Method::Patch,
    http::Method::Connect,
    http::Method::Trace,
});
static_assert(kMethods.whole(static_cast<std::size_t>(http::Method::Trace) + 1), "append it; at most 16");

inline constexpr Table kSlips(std::array{
    policy::Slip::None,
    policy::Slip::TooShort,
    policy::Slip::TooLong,
    policy::Slip::Alphabet,
    policy::Slip::Case,
    policy::Slip::Substitution,
    policy::Slip::Transposition,
    policy::Slip::Missing,
    policy::Slip::Extra,
    policy::Slip::Checksum,
});
static_assert(kSlips.whole(static_cast<std::size_t>(policy::Slip::Checksum) + 1), "append it; at most 16");

inline constexpr Table kPlaces(std::array{
    policy::CredentialPlace::None,
    policy::CredentialPlace::ReeveKey,
    policy::CredentialPlace::AuthorizationBearer,
    policy::CredentialPlace::AuthorizationBasic,
    policy::CredentialPlace::XApiKey,
    policy::CredentialPlace::XGoogApiKey,
    policy::CredentialPlace::Query,
    policy::CredentialPlace::Cookie,
    policy::CredentialPlace::OtherField,
    policy::CredentialPlace::OtherQuery,
    policy::CredentialPlace::AuthorizationOther,
    policy::CredentialPlace::BasicUserName,
});
static_assert(kPlaces.whole(static_cast<std::size_t>(policy::CredentialPlace::BasicUserName) + 1),
              "append it; at most 16");

// Checks stand in the order of the contract, 4.2, which is fixed.
static_assert(kCheckCount == 18 && static_cast<int>(Check::Target) == 17);

}  // namespace reeve::explain::numbers
