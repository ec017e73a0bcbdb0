// SPDX-License-Identifier: Apache-2.0
// RateLimit and RateLimit-Policy (IETF draft-ietf-httpapi-ratelimit-headers-11; contract, 8): how the limits
// that a request met stand. On admitted answers to accepted callers, and on 429 to everybody.
#include <fmt/format.h>

#include "proxy/answer_head.h"

namespace reeve::proxy {

namespace {

std::int64_t seconds(Duration span) {
  return limits::whole_seconds(span);
}

void append_item(std::string& list, std::string_view name, std::uint64_t first, char second,
                 std::int64_t time, char count) {
  fmt::format_to(std::back_inserter(list), "{}\"{}\";{}={};{}={}", list.empty() ? "" : ", ", name, count,
                 first, second, time);
}

}  // namespace

void write_rate_limits(const Request& r, std::uint16_t status, http::HeadWriter& out) {
  if (r.standings.empty()) return;
  const bool admitted = !r.decision.refused_by() && !r.concealed && r.decision.caller != policy::kNone;
  if (!admitted && status != 429) return;
  std::string policies;
  std::string states;
  for (const policy::Standing& standing : r.standings) {
    const policy::Limit& limit = r.snapshot.limits[standing.limit];
    if (limit.kind == policy::LimitKind::Concurrency || limit.dry_run) continue;
    if (limit.kind == policy::LimitKind::Rate) {
      append_item(policies, limit.name, limit.burst, 'w', seconds(policy::rate_span(limit)), 'q');
    } else {
      const policy::Window window =
          policy::quota_window(limit.period, r.snapshot.zones[limit.zone], r.facts.now);
      append_item(policies, limit.name, limit.amount, 'w', seconds(window.end - window.start), 'q');
    }
    append_item(states, limit.name, standing.left, 't', seconds(standing.full_in), 'r');
  }
  if (policies.empty()) return;
  out.field("RateLimit-Policy", policies);
  out.field("RateLimit", states);
}

}  // namespace reeve::proxy
