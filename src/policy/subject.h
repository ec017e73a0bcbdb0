// SPDX-License-Identifier: Apache-2.0
// For whom a counter counts: the bytes that stand for the subject of a limit, typed, so that a caller named
// like a team shares nothing with it. Independent of the Snapshot's indices, so that counters outlive
// reloads. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "policy/decision.h"

namespace reeve::policy {

/// A subject is at most this long; a longer header value is cut, so that what lies behind counts as the same.
inline constexpr std::size_t kSubjectMax = 1024;

/// Writes the subject of `limit` for a decided request into `out` (kSubjectMax bytes); returns its length.
/// Without a caller it is the address, without a team the caller (rules, 2: `key` without a key → caller;
/// organisation → team → caller → ip). IPv6 addresses count by /64.
std::size_t write_subject(const Limit& limit, const Snapshot& snapshot, const Facts& facts,
                          std::uint32_t caller, std::uint32_t key, char* out);

}  // namespace reeve::policy
