// SPDX-License-Identifier: Apache-2.0
// Each thing is written down in one form on both sides, and the forms are compared.
#include "explain/plan_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "explain/reasons.h"

namespace reeve::explain {

namespace {

using policy::Snapshot;

std::string limit_names(const Snapshot& snapshot, const std::vector<policy::LimitUse>& uses) {
  std::string text;
  for (const policy::LimitUse& use : uses) text.append(snapshot.limits[use.limit].name).append(" ");
  return text;
}

std::string limit_text(const policy::Limit& limit, const Snapshot& snapshot) {
  std::string text =
      fmt::format("{} {} {} {} {} {} {} {} ", static_cast<int>(limit.kind), limit.interval.count(),
                  limit.burst, limit.amount, static_cast<int>(limit.period),
                  limit.kind == policy::LimitKind::Quota ? snapshot.zones[limit.zone].name : std::string(),
                  limit.most, limit.on_refused ? "refused" : "");
  if (limit.dry_run) text += "dry ";
  for (const auto& per : limit.per)
    fmt::format_to(std::back_inserter(text), "{} {} ", static_cast<int>(per.part), per.header);
  return text;
}

std::string body_text(const policy::Route& route) {
  std::string text = route.body_max ? std::to_string(*route.body_max) : "any";
  for (const policy::MediaType& type : route.body_types) text.append(" ").append(type.text);
  return text;
}

std::string destination_text(const Snapshot& snapshot, const policy::Route& route) {
  if (const auto* to = std::get_if<policy::ToUpstream>(&route.destination)) {
    std::string text = "upstream";
    for (const auto& share : to->shares)
      fmt::format_to(std::back_inserter(text), " {} {}", snapshot.upstreams[share.upstream].name,
                     share.weight);
    return text;
  }
  return route.destination.index() == 1 ? "redirect" : "respond";
}

std::string targets_text(const policy::Upstream& upstream) {
  std::string text;
  for (const policy::Target& target : upstream.targets)
    fmt::format_to(std::back_inserter(text), "{} {} ", target.url, target.weight);
  return text;
}

std::string line_of(const Snapshot& snapshot, SourcePos at) {
  const std::string whole = place(snapshot, at);
  return whole.substr(0, whole.rfind(':'));
}

/// `text_of(element)` of all that have a name in both.
template <class Element, class TextOf>
void compare(std::string_view what, const Snapshot& after, const std::vector<Element>& old_ones,
             const std::vector<Element>& new_ones, const TextOf& text_of, std::vector<PlanNote>& notes) {
  std::map<std::string_view, std::string> known;
  for (const Element& one : old_ones) known.emplace(one.name, text_of(one, true));
  for (const Element& one : new_ones)
    if (const auto old = known.find(one.name); old != known.end() && old->second != text_of(one, false))
      notes.push_back({std::string(what), one.name, line_of(after, one.at)});
}

}  // namespace

std::vector<PlanNote> plan_notes(const Snapshot& before, const Snapshot& after) {
  std::vector<PlanNote> notes;
  const auto side = [&](bool old) -> const Snapshot& { return old ? before : after; };
  const auto routes = [&](std::string_view what, const auto& text_of) {
    compare(
        what, after, before.routes, after.routes,
        [&](const policy::Route& route, bool old) { return text_of(side(old), route); }, notes);
  };
  routes("limits",
         [](const Snapshot& of, const policy::Route& route) { return limit_names(of, route.limits); });
  routes("body", [](const Snapshot&, const policy::Route& route) { return body_text(route); });
  routes("upstream", destination_text);
  routes("encoded_slash", [](const Snapshot&, const policy::Route& route) {
    return std::string(route.keep_encoded_slash ? "k" : "");
  });
  routes("upgrade",
         [](const Snapshot&, const policy::Route& route) { return std::string(route.websocket ? "w" : ""); });
  routes("hidden",
         [](const Snapshot&, const policy::Route& route) { return std::string(route.hidden ? "h" : ""); });
  compare(
      "limit", after, before.limits, after.limits,
      [&](const policy::Limit& limit, bool old) { return limit_text(limit, side(old)); }, notes);
  compare(
      "team limits", after, before.teams, after.teams,
      [&](const policy::Team& team, bool old) { return limit_names(side(old), team.limits); }, notes);
  compare(
      "targets", after, before.upstreams, after.upstreams,
      [](const policy::Upstream& upstream, bool) { return targets_text(upstream); }, notes);
  if (limit_names(before, before.global_limits) != limit_names(after, after.global_limits))
    notes.push_back({"global limits", "", ""});
  if (!same_client_ip(before, after)) notes.push_back({"client_ip", "", ""});
  return notes;
}

bool same_client_ip(const Snapshot& before, const Snapshot& after) {
  const auto text = [](const policy::ClientIp& one) {
    std::vector<std::string> proxies;
    for (const IpNetwork& network : one.trusted_proxies) proxies.push_back(network.to_string());
    std::ranges::sort(proxies);
    return fmt::format("{} {} {} {}", fmt::join(proxies, " "), one.trust_unix, one.header,
                       one.proxy_protocol);
  };
  return text(before.client_ip) == text(after.client_ip);
}

std::string hours_json(const std::vector<policy::HoursWindow>& hours,
                       const std::vector<policy::Zone>& zones) {
  const auto minute = [](unsigned m) { return fmt::format("{:02}:{:02}", m / 60, m % 60); };
  std::string out;
  json::Writer json(out);
  json.begin_array();
  for (const policy::HoursWindow& window : hours) {
    json.begin_object().key("days").begin_array();
    for (unsigned day = 0; day < policy::kDayWords.size(); ++day)
      if ((window.days >> day & 1) != 0) json.string(policy::kDayWords[day]);
    json.end_array()
        .field("from", minute(window.from))
        .field("to", minute(window.to))
        .field("zone", zones[window.zone].name)
        .end_object();
  }
  json.end_array();
  return out;
}

}  // namespace reeve::explain
