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
    {"body-too-large", 413, Check::Body, Never},
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

constexpr std::array<std::string_view, 5> kChecks{"request", "route", "method", "body", "target"};

}  // namespace

const CodeFacts& facts(Code code) { return kFacts[static_cast<std::size_t>(code)]; }

std::optional<Code> code_named(std::string_view name) {
  for (std::size_t i = 0; i < kCodeCount; ++i)
    if (kFacts[i].name == name) return static_cast<Code>(i);
  return std::nullopt;
}

std::string_view name(Check check) { return kChecks[static_cast<std::size_t>(check)]; }

}  // namespace reeve
