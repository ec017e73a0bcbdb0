// SPDX-License-Identifier: Apache-2.0
// RateLimit and RateLimit-Policy (IETF draft-ietf-httpapi-ratelimit-headers-11; contract, 8): how the limits
// that a request met stand. On admitted answers to accepted callers, and on 429 to everybody.
#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "proxy/answer_head.h"

namespace reeve::proxy {

namespace {

std::int64_t seconds(Duration span) {
  return limits::whole_seconds(span);
}

void append_number(std::string& list, std::uint64_t number) {
  std::array<char, 20> digits;
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  list.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

/// `"posting";q=100;w=60` or `"posting";r=19;t=1`.
void append_item(std::string& list, std::string_view name, std::string_view count, std::uint64_t first,
                 std::string_view time, std::int64_t second) {
  list.append(list.empty() ? "\"" : ", \"").append(name).append(count);
  append_number(list, first);
  list.append(time);
  append_number(list, static_cast<std::uint64_t>(std::max<std::int64_t>(second, 0)));
}

}  // namespace

void write_rate_limits(const Request& r, std::uint16_t status, http::HeadWriter& out) {
  if (r.standings.empty()) return;
  const bool admitted = !r.decision.refused_by() && !r.concealed && r.decision.caller != policy::kNone;
  if (!admitted && status != 429) return;
  constexpr std::size_t kUsual = 96;  // of two limits with names as people give them
  std::string policies;
  std::string states;
  policies.reserve(kUsual);
  states.reserve(kUsual);
  for (const policy::Standing& standing : r.standings) {
    const policy::Limit& limit = r.snapshot.limits[standing.limit];
    if (limit.kind == policy::LimitKind::Concurrency || limit.dry_run) continue;
    if (limit.kind == policy::LimitKind::Rate) {
      append_item(policies, limit.name, "\";q=", limit.burst, ";w=", seconds(policy::rate_span(limit)));
    } else {
      const policy::Window window =
          policy::quota_window(limit.period, r.snapshot.zones[limit.zone], r.facts.now);
      append_item(policies, limit.name, "\";q=", limit.amount, ";w=", seconds(window.end - window.start));
    }
    append_item(states, limit.name, "\";r=", standing.left, ";t=", seconds(standing.full_in));
  }
  if (policies.empty()) return;
  out.field("RateLimit-Policy", policies);
  out.field("RateLimit", states);
}

}  // namespace reeve::proxy
