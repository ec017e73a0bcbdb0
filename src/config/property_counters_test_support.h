// SPDX-License-Identifier: Apache-2.0
// Counters for the simple evaluator: every request that was admitted is kept, and what a limit stands at is
// counted anew from them each time it is asked. Rates in exact fractions. Tests only.
#pragma once

#include "config/property_evaluator_test_support.h"

namespace reeve::config::simple {

/// For whom a limit counts (contract, 2, Limits), in words.
inline std::string subject_of(const Policy& policy, const Limit& limit, const Request& request,
                              const Outcome& who) {
  const auto address = [&]() -> std::string {
    if (!request.client) return "nowhere";
    const std::string bits = bits_of(*request.client);
    return "ip " + (bits[0] == '4' ? bits : bits.substr(0, 65));
  };
  const auto caller = [&] { return who.caller == nullptr ? address() : "caller " + who.caller->name; };
  const Team* team = nullptr;
  for (const Team& each : policy.teams)
    if (who.caller != nullptr && each.name == who.caller->team) team = &each;
  std::string subject;
  for (const std::string& per : limit.per) {
    subject += "/";
    if (per == "ip") subject += address();
    if (per == "caller") subject += caller();
    if (per == "key") subject += who.key == nullptr ? caller() : "key " + who.key->id;
    if (per == "team") subject += team == nullptr ? caller() : "team " + team->name;
    if (per == "organisation")
      subject += team == nullptr              ? caller()
                 : team->organisation.empty() ? "team " + team->name
                                              : "organisation " + team->organisation;
    if (per == "route" && who.route != nullptr) subject += "route " + who.route->name;
    if (!begins(per, "header:")) continue;
    const std::string value = header(request, per.substr(7));
    subject += value.empty() ? address() : "header " + value;
  }
  return subject;
}

/// The name of the calendar window that follows the one of `utc`.
inline std::string next_window(const Limit& limit, std::int64_t utc) {
  const std::string now = window_name(limit.time, limit.zone, utc);
  const std::int64_t step = limit.time == "hour" ? 60 : limit.time == "day" ? 900 : 3 * kHour;
  std::int64_t at = utc;
  while (window_name(limit.time, limit.zone, at) == now) at += step;
  return window_name(limit.time, limit.zone, at);
}

class Counters {
 public:
  explicit Counters(const Policy& policy) : policy_(policy) {}

  bool exhausted(const Limit& limit, const std::string& subject, const Request& now) const {
    const auto found = counters_.find({limit.name, subject});
    if (found == counters_.end()) return false;
    const std::vector<Event>& events = found->second.events;
    if (limit.kind == "concurrency") return std::ranges::count_if(events, &Event::open) >= limit.count;
    if (limit.kind == "quota") {
      const std::string window = window_of(limit, events, now);
      return std::ranges::count(events, window, &Event::window) >= limit.count;
    }
    // Time in parts of a nanosecond, so many as the rate has units; one unit comes back each `time_ns` parts.
    const Wide unit = limit.time_ns;
    Wide idle_at = 0;
    for (const Event& event : events) idle_at = std::max(idle_at, parts(event.mono_ns, limit)) + unit;
    return idle_at - parts(now.mono_ns, limit) > (Wide{limit.burst.value_or(limit.count)} - 1) * unit;
  }
  void take(const Limit& limit, const std::string& subject, const Request& now, int number) {
    std::vector<Event>& events = counters_[{limit.name, subject}].events;
    Event event{.number = number, .mono_ns = now.mono_ns, .window = "", .open = true};
    if (limit.kind == "quota") event.window = window_of(limit, events, now);
    events.push_back(event);
  }
  /// The request has ended.
  void end(int number) {
    for (auto& [_, counter] : counters_)
      for (Event& event : counter.events)
        if (event.number == number) event.open = false;
  }
  /// It is as if the request had not come.
  void give_back(int number, const Request& now) {
    for (auto& [_, counter] : counters_) {
      // With others behind it, a rate gives back what is certain: it may then stand higher than it had to.
      if (!counter.events.empty() && counter.events.back().number != number)
        counter.loose |= std::ranges::find(counter.events, number, &Event::number) != counter.events.end();
      for (const Event& event : counter.events)
        if (event.number == number)
          counter.returned_ns = std::max({counter.returned_ns, event.mono_ns, now.mono_ns});
      std::erase_if(counter.events, [&](const Event& event) { return event.number == number; });
    }
  }
  /// Whether it may stand a little higher than it had to; never lower.
  bool loose(const Limit& limit, const std::string& subject, const Request& now) const {
    const auto found = counters_.find({limit.name, subject});
    if (limit.kind != "rate" || found == counters_.end()) return false;
    // For a reactor whose clock is behind, what was taken and given back may still seem to come back.
    return found->second.loose || now.mono_ns < found->second.returned_ns;
  }
  /// Whether some limit on refusals holds this address off.
  bool knocked(const Route* route, const Request& request) const {
    return std::ranges::any_of(knocking(policy_, route), [&](const std::string& name) {
      const Limit& limit = limit_named(policy_, name);
      return !limit.dry_run && exhausted(limit, subject_of(policy_, limit, request, {}), request);
    });
  }
  void count_refused(const Route* route, const Request& request) {
    for (const std::string& name : knocking(policy_, route)) {
      const Limit& limit = limit_named(policy_, name);
      const std::string subject = subject_of(policy_, limit, request, {});
      if (!exhausted(limit, subject, request)) take(limit, subject, request, 0);
    }
  }

 private:
  using Wide = __int128;
  struct Event {
    int number;
    std::int64_t mono_ns;
    std::string window;  ///< of a quota
    bool open;
  };
  struct Counter {
    std::vector<Event> events;
    bool loose = false;
    std::int64_t returned_ns = 0;
  };

  static Wide parts(std::int64_t mono_ns, const Limit& limit) { return Wide{mono_ns} * limit.count; }
  /// That of the wall; but a clock that is set back a little does not open the window before it again.
  static std::string window_of(const Limit& limit, const std::vector<Event>& events, const Request& now) {
    const std::int64_t second = now.wall_ns / 1'000'000'000;
    const std::string window = window_name(limit.time, limit.zone, second);
    if (events.empty() || events.back().window == window) return window;
    const std::string next = next_window(limit, second);
    return events.back().window == next ? next : window;
  }

  const Policy& policy_;
  std::map<std::pair<std::string, std::string>, Counter> counters_;
};

}  // namespace reeve::config::simple
