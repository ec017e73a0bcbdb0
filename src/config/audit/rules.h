// SPDX-License-Identifier: Apache-2.0
// What the audit asks of a configuration without errors: each rule with its id, how much it matters and what
// it is about. A warning can refuse somebody, or opens something; an info is a hint. Each id has a page in
// docs/audit/. Only severities here: what exactly is wrong is said by the file that finds it.
#pragma once

#include <string_view>

#include "config/finding.h"

namespace reeve::config::audit {

struct Rule {
  std::string_view id;
  Severity severity;
  std::string_view about;
};

// table: of the audit's rules

// Who may call
inline constexpr Rule kPermissionNobodyHolds{
    "permission-nobody-holds", Severity::Warning,
    "a route requires a permission that some role grants, but no caller with a usable key has that role"};
inline constexpr Rule kCallerReachesNothing{"caller-reaches-nothing", Severity::Warning,
                                            "no route that takes keys lets the caller through"};
inline constexpr Rule kCallerLockedOut{"caller-locked-out", Severity::Warning,
                                       "every key of the caller that is not revoked has expired"};
inline constexpr Rule kCallerWithoutKey{"caller-without-key", Severity::Info,
                                        "the caller has no key that is valid here"};
inline constexpr Rule kNobodyHasAKey{"nobody-has-a-key", Severity::Info,
                                     "a route needs a credential, and no caller has one"};
inline constexpr Rule kKeyExpiring{"key-expiring", Severity::Warning,
                                   "the caller's last key expires within 30 days"};
inline constexpr Rule kKeyExpired{"key-expired", Severity::Info,
                                  "an expired key stands beside one that works"};
inline constexpr Rule kGrantOpensNothing{"grant-opens-nothing", Severity::Info,
                                         "a role grants a permission that no route requires"};

// From where
inline constexpr Rule kNetworkConjunctionEmpty{"network-conjunction-empty", Severity::Warning,
                                               "network rules that no address passes together"};
inline constexpr Rule kDenyShadowsAllow{"deny-shadows-allow", Severity::Warning,
                                        "an allowed network lies wholly inside a denied one"};
inline constexpr Rule kTrustedProxyMissing{
    "trusted-proxy-missing", Severity::Warning,
    "it is said how proxies tell the client's address, and no proxy is trusted"};
inline constexpr Rule kTrustedEverybody{"trusted-everybody", Severity::Warning,
                                        "every client may choose its own address"};
inline constexpr Rule kPeerIsTheClient{"peer-is-the-client", Severity::Info,
                                       "rules test the client's address while no proxy is trusted"};
inline constexpr Rule kUnixPeerWithoutAddress{
    "unix-peer-without-address", Severity::Warning,
    "rules test the client's address on a Unix listener whose peers have none"};

// When and how often
inline constexpr Rule kHoursSkipped{"hours-skipped", Severity::Warning,
                                    "a window that the change to summer time skips"};
inline constexpr Rule kHoursWithoutZone{"hours-without-zone", Severity::Info,
                                        "opening hours without a zone: they are UTC"};
inline constexpr Rule kLimitNeverBites{"limit-never-bites", Severity::Info,
                                       "another limit is always exhausted first"};
inline constexpr Rule kQuotaBelowBurst{"quota-below-burst", Severity::Info,
                                       "one burst uses up the whole quota"};
inline constexpr Rule kRefusedLimitShared{"refused-limit-shared", Severity::Info,
                                          "a limit on refused requests hits everybody behind the address"};
inline constexpr Rule kLimitCountsAddresses{
    "limit-counts-addresses", Severity::Info,
    "a limit per caller on a route without callers counts by address"};

// Routes
inline constexpr Rule kKeyInQuery{"key-in-query", Severity::Warning, "a key may stand in the URL"};
inline constexpr Rule kOpenRoute{"open-route", Severity::Info, "anybody from anywhere may change something"};
inline constexpr Rule kNoneBesideOthers{"none-beside-others", Severity::Info,
                                        "a credential is taken, but not needed"};
inline constexpr Rule kCorsMethodGap{"cors-method-gap", Severity::Warning,
                                     "cors offers a method that the route does not take"};
inline constexpr Rule kCorsOnHidden{"cors-on-hidden", Severity::Warning,
                                    "a hidden route answers no preflight, whatever its cors says"};
inline constexpr Rule kTrailingSlashGap{"trailing-slash-gap", Severity::Info,
                                        "the path is taken with a trailing slash, but not without"};
inline constexpr Rule kPathVariantDiffers{
    "path-variant-differs", Severity::Warning,
    "paths that differ in case or a trailing slash only let different callers in"};
inline constexpr Rule kMethodGap{"method-gap", Severity::Info,
                                 "a broader route takes the method, but the path decides first: 405"};
inline constexpr Rule kRouteDisabled{"route-disabled", Severity::Info, "the route is switched off"};
inline constexpr Rule kRouteInMaintenance{"route-in-maintenance", Severity::Info,
                                          "the route answers 503 to everybody"};

// Where requests come in and go
inline constexpr Rule kCredentialInClear{"credential-in-clear", Severity::Warning,
                                         "a credential is sent to a distant upstream over plain http"};
inline constexpr Rule kUpstreamUnverified{"upstream-unverified", Severity::Warning,
                                          "the certificate of an upstream is not verified"};
inline constexpr Rule kAdminNotLoopback{"admin-not-loopback", Severity::Warning,
                                        "other machines reach the admin address"};
inline constexpr Rule kListenerInClear{"listener-in-clear", Severity::Info,
                                       "keys are taken over plain http from other machines"};
inline constexpr Rule kCertificateExpiring{"certificate-expiring", Severity::Warning,
                                           "a certificate expires within 30 days"};

inline constexpr Rule kUnused{"unused", Severity::Info, "something is declared, and nothing refers to it"};

inline constexpr const Rule* kRules[] = {
    &kPermissionNobodyHolds,
    &kCallerReachesNothing,
    &kCallerLockedOut,
    &kCallerWithoutKey,
    &kNobodyHasAKey,
    &kKeyExpiring,
    &kKeyExpired,
    &kGrantOpensNothing,
    &kNetworkConjunctionEmpty,
    &kDenyShadowsAllow,
    &kTrustedProxyMissing,
    &kTrustedEverybody,
    &kPeerIsTheClient,
    &kUnixPeerWithoutAddress,
    &kHoursSkipped,
    &kHoursWithoutZone,
    &kLimitNeverBites,
    &kQuotaBelowBurst,
    &kRefusedLimitShared,
    &kLimitCountsAddresses,
    &kKeyInQuery,
    &kOpenRoute,
    &kNoneBesideOthers,
    &kCorsMethodGap,
    &kCorsOnHidden,
    &kTrailingSlashGap,
    &kPathVariantDiffers,
    &kMethodGap,
    &kRouteDisabled,
    &kRouteInMaintenance,
    &kCredentialInClear,
    &kUpstreamUnverified,
    &kAdminNotLoopback,
    &kListenerInClear,
    &kCertificateExpiring,
    &kUnused,
};

}  // namespace reeve::config::audit
