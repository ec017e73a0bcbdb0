// SPDX-License-Identifier: Apache-2.0
// For whom a counter counts: the bytes that stand for the subject of a limit, typed, so that a caller named
// like a team shares nothing with it. Independent of the Snapshot's indices, so that counters outlive
// reloads. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "policy/decision.h"

namespace reeve::policy {

/// A subject is one element after the other for each entry of `per`: a letter for what it is, the length of
/// what follows in two bytes, that. Two lists of elements never give the same bytes.
///
/// A subject is at most this long; a longer header value is cut, so that what lies behind counts as the same.
inline constexpr std::size_t kSubjectMax = 1024;

/// Writes the subject of `limit` for a decided request into `out` (kSubjectMax bytes); returns its length.
/// Without a caller it is the address, without a team the caller (rules, 2: `key` without a key → caller;
/// organisation → team → caller → ip), and so is it without the header or with an empty one; several lines of
/// a header count as one list. IPv6 addresses count by /64. Clients without an address (Unix peers that are
/// not listed) are one subject.
std::size_t write_subject(const Limit& limit, const Snapshot& snapshot, const Facts& facts,
                          std::uint32_t caller, std::uint32_t key, char* out);

/// The subject that stands for `subject` and its neighbours when there is no room for each of them: its
/// addresses by /16 (IPv4) or /32 (IPv6), nothing else of it. Empty = all subjects of the limit. Into `out`
/// (kSubjectMax bytes); returns its length.
std::size_t write_coarse_subject(std::string_view subject, char* out);

}  // namespace reeve::policy
