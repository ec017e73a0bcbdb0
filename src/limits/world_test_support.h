// SPDX-License-Identifier: Apache-2.0
// A table with limits and callers for tests: time is a number of the test's, a request is a list of limits
// for a caller or an address. No clock, no threads of its own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "limits/table.h"

namespace reeve::limits {

using namespace std::chrono_literals;

inline policy::Limit make_limit(std::string name, policy::LimitKind kind, policy::SubjectPart part) {
  policy::Limit limit;
  limit.name = std::move(name);
  limit.kind = kind;
  limit.per = {{part, ""}};
  return limit;
}
inline policy::Limit rate(std::string name, std::uint64_t burst, Duration interval,
                          policy::SubjectPart part = policy::SubjectPart::Caller) {
  policy::Limit limit = make_limit(std::move(name), policy::LimitKind::Rate, part);
  limit.burst = burst;
  limit.interval = interval;
  return limit;
}
inline policy::Limit quota(std::string name, std::uint64_t amount, policy::QuotaPeriod period,
                           policy::SubjectPart part = policy::SubjectPart::Caller) {
  policy::Limit limit = make_limit(std::move(name), policy::LimitKind::Quota, part);
  limit.amount = amount;
  limit.period = period;
  return limit;
}
inline policy::Limit concurrency(std::string name, std::uint32_t most,
                                 policy::SubjectPart part = policy::SubjectPart::Caller) {
  policy::Limit limit = make_limit(std::move(name), policy::LimitKind::Concurrency, part);
  limit.most = most;
  return limit;
}

struct World {
  explicit World(std::vector<policy::Limit> limits, Table::Size size = {}) : table({11, 22}, size) {
    snapshot.zones.push_back({.name = "UTC"});
    for (int i = 0; i < 4; ++i) {
      snapshot.callers.emplace_back();
      snapshot.callers.back().name = "caller-" + std::to_string(i);
    }
    snapshot.routes.emplace_back();
    snapshot.routes[0].name = "route";
    snapshot.any_knocking = true;
    reload(std::move(limits));
  }
  void reload(std::vector<policy::Limit> limits) {
    snapshot.limits = std::move(limits);
    binding = table.bind(snapshot, now());
  }
  Now now() const { return {MonoTime{mono}, WallTime{wall}}; }
  void pass(Duration time) {
    mono += time;
    wall += time;
  }

  policy::Facts facts(const char* address = "192.0.2.1") const {
    policy::Facts facts;
    facts.now = WallTime{wall};
    facts.client = IpAddress::parse(address);
    facts.route = 0;
    return facts;
  }
  /// All limits, in the order of the list.
  void decide(policy::Decision& decision, std::uint32_t caller) const {
    decision.caller = caller;
    for (std::uint32_t i = 0; i < snapshot.limits.size(); ++i)
      if (!snapshot.limits[i].on_refused) decision.charges.push_back({i, policy::Charge::From::Route, 0});
  }
  /// One request, kept open in `taken`.
  bool go(Taken& taken, Charged& charged, std::uint32_t caller = 0, const char* address = "192.0.2.1") {
    policy::Decision decision;
    decide(decision, caller);
    const policy::Facts its = facts(address);
    return table.charge(binding, snapshot, its, decision, MonoTime{mono}, taken, charged);
  }
  /// One request that ends at once.
  bool go(std::uint32_t caller = 0, const char* address = "192.0.2.1") {
    Taken taken;
    Charged charged;
    return go(taken, charged, caller, address);
  }
  /// How many pass at one instant.
  int drain(std::uint32_t caller = 0, const char* address = "192.0.2.1") {
    int count = 0;
    while (go(caller, address)) ++count;
    return count;
  }
  Standing standing(std::size_t i = 0, std::uint32_t caller = 0) const {
    policy::Decision decision;
    decide(decision, caller);
    const policy::Facts its = facts();
    Charged charged;
    table.peek(binding, snapshot, its, decision, MonoTime{mono}, charged);
    return charged.standings[i];
  }

  policy::Snapshot snapshot;
  Table table;
  Binding binding;
  Duration mono = 1h;
  Duration wall = std::chrono::days(20'000) + 10h;  // 4 October 2024, 10:00
};

}  // namespace reeve::limits
