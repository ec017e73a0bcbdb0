// SPDX-License-Identifier: Apache-2.0
// The one table of codes.
#include "base/error.h"

#include <array>

namespace reeve {

namespace {

using enum RetryClass;

constexpr std::array<CodeFacts, kCodeCount> kFacts{{
    {"request-malformed", 400, Check::Request, Never},
    {"request-timeout", 408, Check::Request, Never},
    {"uri-too-long", 414, Check::Request, Never},
    {"head-too-large", 431, Check::Request, Never},
    {"method-not-implemented", 501, Check::Request, Never},
    {"version-not-supported", 505, Check::Request, Never},
    {"misdirected-request", 421, Check::Request, Never},
    {"loop-detected", 508, Check::Request, Never},
    {"upgrade-refused", 403, Check::Request, Never},
    {"route-not-found", 404, Check::Route, Never},
    {"method-not-allowed", 405, Check::Method, Never},
    {"credential-missing", 401, Check::Credential, Never},
    {"credential-misplaced", 401, Check::Credential, Never},
    {"credential-malformed", 401, Check::Credential, Never},
    {"credential-unknown", 401, Check::Credential, Never},
    {"credential-ambiguous", 401, Check::Credential, Never},
    {"credential-expired", 401, Check::Credential, Never},
    {"credential-revoked", 401, Check::Credential, Never},
    {"credential-not-yet-valid", 401, Check::Credential, Never},
    {"credential-wrong-environment", 401, Check::Credential, Never},
    {"permission-missing", 403, Check::Permission, Never},
    {"ip-not-allowed", 403, Check::RouteNetwork, Never},
    {"ip-blocked", 403, Check::RouteNetwork, Never},
    {"outside-hours", 403, Check::Hours, Never},
    {"body-too-large", 413, Check::Body, Never},
    {"body-type-refused", 415, Check::Body, Never},
    {"rate-limited", 429, Check::Rate, Never},
    {"quota-exhausted", 429, Check::Quota, Never},
    {"concurrency-limited", 429, Check::Concurrency, Never},
    {"upstream-unreachable", 502, Check::Target, ConnectFailure},
    {"upstream-malformed", 502, Check::Target, Status},
    {"upstream-timeout", 504, Check::Target, Timeout},
    {"no-healthy-target", 503, Check::Target, Never},
    {"dependency-unavailable", 503, Check::Target, Never},
    {"overloaded", 503, Check::Request, Never},
    {"maintenance", 503, Check::Target, Never},
    {"draining", 503, Check::Request, Never},
    {"internal-error", 500, Check::Target, Never},
    {"client-closed", 499, Check::Request, Never},
}};

constexpr std::array<std::string_view, kCheckCount> kChecks{
    "request",    "global_network", "route", "method",     "route_network", "ip_limit",
    "credential", "caller_network", "hours", "quarantine", "permission",    "model",
    "body",       "concurrency",    "rate",  "quota",      "budget",        "target",
};

}  // namespace

const CodeFacts& facts(Code code) {
  return kFacts[static_cast<std::size_t>(code)];
}

std::optional<Code> code_named(std::string_view name) {
  for (std::size_t i = 0; i < kCodeCount; ++i)
    if (kFacts[i].name == name) return static_cast<Code>(i);
  return std::nullopt;
}

std::string_view name(Check check) {
  return kChecks[static_cast<std::size_t>(check)];
}

}  // namespace reeve
