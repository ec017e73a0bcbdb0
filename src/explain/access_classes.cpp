// SPDX-License-Identifier: Apache-2.0
// Each thing is written down in one form, with names instead of indices, and forms are numbered.
#include "explain/access_classes.h"

#include <fmt/format.h>

#include <algorithm>

namespace reeve::explain {

namespace {

using policy::Snapshot;

std::int64_t microseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

void merge(std::vector<Span>& spans) {
  std::ranges::sort(spans);
  std::vector<Span> out;
  for (const Span& one : spans)
    if (!out.empty() && one.from <= out.back().to)
      out.back().to = std::max(out.back().to, one.to);
    else
      out.push_back(one);
  spans = std::move(out);
}

/// When some key is in force, and why the first is not at other times: that follows from its dates.
std::string key_text(const Snapshot& snapshot, const Authentication& of) {
  std::string text = " keys";
  for (const Span& span : of.spans)
    fmt::format_to(std::back_inserter(text), " {} {}", microseconds(span.from), microseconds(span.to));
  const policy::Key& key = snapshot.keys[of.key];
  if (!key.foreign && key.environment != snapshot.environment) text += " elsewhere";
  if (const policy::KeyDates* dates = snapshot.keys.dates(key)) {
    if (dates->revoked) text += " revoked";
    for (const auto& date : {dates->not_before, dates->expires, dates->revoked_at})
      fmt::format_to(std::back_inserter(text), " {}", date ? microseconds(*date) : -1);
  }
  return text;
}

}  // namespace

bool Authentication::at(WallTime time) const {
  return key == policy::kNone ||
         std::ranges::any_of(spans, [&](const Span& one) { return one.from <= time && time < one.to; });
}

Code out_of_force(const Snapshot& snapshot, std::uint32_t index, WallTime time) {
  const policy::Key& key = snapshot.keys[index];
  if (!key.foreign && key.environment != snapshot.environment) return Code::CredentialWrongEnvironment;
  const policy::KeyDates* dates = snapshot.keys.dates(key);
  const auto code = dates == nullptr ? std::nullopt : policy::out_of_force(*dates, time);
  return code.value_or(Code::CredentialUnknown);
}

std::vector<Authentication> authentications(const Snapshot& snapshot, Span horizon) {
  std::vector<Authentication> all(snapshot.callers.size());
  for (std::uint32_t i = 0; i < snapshot.keys.size(); ++i) {
    const policy::Key& key = snapshot.keys[i];
    Authentication& of = all[key.caller];
    if (of.key == policy::kNone) of.key = i;
    if (!key.foreign && key.environment != snapshot.environment) continue;
    Span span = horizon;
    if (const policy::KeyDates* dates = snapshot.keys.dates(key)) {
      if (dates->revoked) continue;
      if (dates->not_before) span.from = std::max(span.from, *dates->not_before);
      if (dates->expires) span.to = std::min(span.to, *dates->expires);
      if (dates->revoked_at) span.to = std::min(span.to, *dates->revoked_at);
    }
    if (span.from < span.to) of.spans.push_back(span);
  }
  for (Authentication& one : all) merge(one.spans);
  return all;
}

std::uint32_t AccessClasses::number(std::string text) {
  const auto next = static_cast<std::uint32_t>(numbers_.size());
  return numbers_.try_emplace(std::move(text), next).first->second;
}

std::vector<std::uint32_t> AccessClasses::lists(const Snapshot& snapshot) {
  std::vector<std::uint32_t> out;
  for (const policy::NetworkList& list : snapshot.network_lists) {
    std::vector<std::string> networks;
    for (const policy::AddressSet::Entry& entry : list.set.entries())
      networks.push_back(entry.network.to_string());
    std::ranges::sort(networks);
    networks.erase(std::unique(networks.begin(), networks.end()), networks.end());
    out.push_back(number(fmt::format("list {}", fmt::join(networks, " "))));
  }
  return out;
}

std::string AccessClasses::rule_text(const policy::NetworkRule& rule,
                                     const std::vector<std::uint32_t>& lists) {
  const auto numbers = [&](const std::vector<policy::NetworkRule::Use>& uses) {
    std::vector<std::uint32_t> all;
    for (const policy::NetworkRule::Use& use : uses) all.push_back(lists[use.list]);
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return fmt::format("{}", fmt::join(all, " "));
  };
  return fmt::format("{}[{}][{}]", rule.restricted ? "only" : "all", numbers(rule.allow), numbers(rule.deny));
}

std::vector<std::uint32_t> AccessClasses::routes(const Snapshot& snapshot) {
  const std::vector<std::uint32_t> known = lists(snapshot);
  const std::string global = rule_text(snapshot.global_networks, known);
  std::vector<std::uint32_t> out;
  for (const policy::Route& route : snapshot.routes) {
    std::string text = fmt::format("route {} {} {}{}{}", global, rule_text(route.networks, known),
                                   route.acceptance.none ? "n" : "", route.acceptance.key ? "k" : "",
                                   route.maintenance ? "m" : "");
    std::vector<std::string_view> required;
    for (const policy::Requirement& one : route.require)
      required.push_back(snapshot.permissions[one.permission]);
    std::ranges::sort(required);
    fmt::format_to(std::back_inserter(text), " require {}", fmt::join(required, " "));
    for (const policy::HoursWindow& window : route.hours)
      fmt::format_to(std::back_inserter(text), " hours {} {} {} {}", window.days, window.from, window.to,
                     snapshot.zones[window.zone].name);
    out.push_back(number(std::move(text)));
  }
  return out;
}

std::vector<std::uint32_t> AccessClasses::callers(const Snapshot& snapshot,
                                                  const std::vector<Authentication>& keys,
                                                  const Snapshot* also) {
  const std::vector<std::uint32_t> known = lists(snapshot);
  std::vector<bool> counts(snapshot.permissions.size(), true);
  if (also != nullptr)
    for (std::size_t i = 0; i < counts.size(); ++i)
      counts[i] = std::ranges::find(also->permissions, snapshot.permissions[i]) != also->permissions.end();
  std::vector<std::uint32_t> grants;
  for (std::uint32_t row = 0; row < snapshot.grants.size(); ++row) {
    std::vector<std::string_view> held;
    for (std::uint32_t i = 0; i < snapshot.permissions.size(); ++i)
      if (counts[i] && snapshot.grants.has(row, i)) held.push_back(snapshot.permissions[i]);
    std::ranges::sort(held);
    grants.push_back(number(fmt::format("grant {}", fmt::join(held, " "))));
  }
  std::vector<std::uint32_t> out;
  std::string text;
  for (std::size_t i = 0; i < snapshot.callers.size(); ++i) {
    const policy::Caller& caller = snapshot.callers[i];
    text = fmt::format("caller {}", grants[caller.grant]);
    if (caller.extra != policy::kNone)
      text.append(" ").append(rule_text(snapshot.caller_extras[caller.extra].networks, known));
    if (keys[i].key != policy::kNone) text += key_text(snapshot, keys[i]);
    out.push_back(number(text));
  }
  return out;
}

}  // namespace reeve::explain
