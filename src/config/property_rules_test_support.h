// SPDX-License-Identifier: Apache-2.0
// What single rules say of a request (contract, 2; rules, 2): networks, hours, permissions, bodies, upgrades;
// addresses as texts of bits, times as hours and minutes. Part of the simple evaluator. Tests only.
#pragma once

#include "config/property_credential_test_support.h"

namespace reeve::config::simple {

inline bool contains(const Texts& texts, const std::string& text) {
  return std::ranges::find(texts, text) != texts.end();
}

// ---- networks ----

/// The family and the bits: "4" and 32 of them, or "6" and 128.
inline std::string bits_of(const std::string& address) {
  const auto bits = [](unsigned value, int count) {
    std::string out;
    for (int bit = count - 1; bit >= 0; --bit) out += (value >> bit & 1) != 0 ? '1' : '0';
    return out;
  };
  if (address.find(':') == std::string::npos) {
    std::string out = "4";
    for (const std::string& byte : split(address, '.'))
      out += bits(static_cast<unsigned>(std::stoul(byte)), 8);
    return out;
  }
  const auto groups = [&](const std::string& text) {
    std::string out;
    if (text.empty()) return out;
    for (const std::string& group : split(text, ':')) {
      if (group.find('.') == std::string::npos)
        out += bits(static_cast<unsigned>(std::stoul(group, nullptr, 16)), 16);
      else
        out += bits_of(group).substr(1);
    }
    return out;
  };
  const std::size_t gap = address.find("::");
  std::string out = groups(address.substr(0, gap));
  if (gap != std::string::npos) {
    const std::string behind = groups(address.substr(gap + 2));
    out += std::string(128 - out.size() - behind.size(), '0') + behind;
  }
  // IPv4-mapped counts as IPv4.
  const std::string mapped = std::string(80, '0') + std::string(16, '1');
  return begins(out, mapped) ? "4" + out.substr(96) : "6" + out;
}
inline bool in_network(const std::string& network, const std::string& client) {
  const std::size_t slash = network.find('/');
  std::string prefix = bits_of(network.substr(0, slash));
  if (slash != std::string::npos) {
    std::size_t length = std::stoul(network.substr(slash + 1));
    const bool mapped = prefix[0] == '4' && network.find(':') != std::string::npos;
    if (mapped) length -= 96;
    prefix = prefix.substr(0, 1 + length);
  }
  return begins(bits_of(client), prefix);
}
inline bool listed(const Policy& policy, const Texts& entries, const std::string& client) {
  for (const std::string& entry : entries) {
    const auto named = policy.networks.find(entry);
    for (const std::string& network : named == policy.networks.end() ? Texts{entry} : named->second)
      if (in_network(network, client)) return true;
  }
  return false;
}
inline std::string network(const Policy& policy, const Rule& rule, const std::optional<std::string>& client) {
  if (!rule.allow && (!rule.deny || rule.deny->empty())) return "skipped";
  if (rule.deny && client && listed(policy, *rule.deny, *client)) return "ip-blocked";
  if (rule.allow && (!client || !listed(policy, *rule.allow, *client))) return "ip-not-allowed";
  return "pass";
}

// ---- hours, permissions, bodies ----

inline int minutes(const std::string& time) {
  return std::stoi(time.substr(0, 2)) * 60 + std::stoi(time.substr(3));
}
inline bool open_on(const Hours& hours, int weekday) {
  const Texts names = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  if (hours.days.empty()) return true;
  for (const std::string& days : hours.days) {
    std::size_t day = static_cast<std::size_t>(std::ranges::find(names, days.substr(0, 3)) - names.begin());
    const std::string last = days.size() > 3 ? days.substr(4) : days;
    for (;; day = (day + 1) % 7) {
      if (static_cast<int>(day) == weekday) return true;
      if (names[day] == last) break;
    }
  }
  return false;
}
inline bool open_now(const Hours& hours, std::int64_t utc) {
  const Civil now = local(hours.zone, utc);
  const int minute = now.hour * 60 + now.minute;
  const int from = hours.from.empty() ? 0 : minutes(hours.from);
  const int to = hours.to.empty() ? 24 * 60 : minutes(hours.to);
  if (open_on(hours, now.weekday) && minute >= from && (from > to || minute < to)) return true;
  return from > to && open_on(hours, (now.weekday + 6) % 7) && minute < to;
}

inline bool granted(const Policy& policy, const Caller& caller, const std::string& permission) {
  Texts roles = caller.roles;
  for (const Team& team : policy.teams)
    if (team.name == caller.team) roles.insert(roles.end(), team.roles.begin(), team.roles.end());
  for (const std::string& role : roles)
    for (const std::string& grant : policy.roles.at(role)) {
      if (grant == permission) return true;
      if (grant.ends_with('*') && begins(permission, grant.substr(0, grant.size() - 1))) return true;
    }
  return false;
}

inline std::string header(const Request& request, const std::string& wanted) {
  for (const auto& [name, value] : request.headers)
    if (lower(name) == wanted) return value;
  return "";
}

inline std::string body(const Route& route, const Request& request) {
  if (!route.body_max && route.body_types.empty()) return "skipped";
  const std::string length = header(request, "content-length");
  const bool chunked = !header(request, "transfer-encoding").empty();
  if (!chunked && (length.empty() || std::stoull(length) == 0)) return "pass";
  if (route.body_max && !chunked && std::stoull(length) > *route.body_max) return "body-too-large";
  if (route.body_types.empty()) return "pass";
  const std::string sent = header(request, "content-type");
  const std::string type = lower(trimmed(sent.substr(0, sent.find(';'))));
  for (const std::string& wanted : route.body_types) {
    if (lower(wanted) == type && !type.empty()) return "pass";
    const std::string kind = lower(wanted.substr(0, wanted.find('/') + 1));
    if (wanted.ends_with("/*") && begins(type, kind) && type.size() > kind.size()) return "pass";
  }
  return "body-type-refused";
}

inline bool upgrade_refused(const Route& route, const Request& request) {
  if (lower(header(request, "connection")).find("upgrade") == std::string::npos) return false;
  for (const std::string& token : split(lower(header(request, "upgrade")), ',')) {
    const std::string protocol = trimmed(token);
    if (protocol.empty() || protocol == "h2c") continue;
    if (protocol != "websocket" || !route.websocket) return true;
  }
  return false;
}

}  // namespace reeve::config::simple
