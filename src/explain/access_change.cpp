// SPDX-License-Identifier: Apache-2.0
#include "explain/access_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "explain/address_cuts.h"

namespace reeve::explain {

namespace {

using policy::NetworkVerdict;
using policy::Route;

constexpr Duration kMinute = std::chrono::minutes(1);

const Route* route_of(const AccessSide& side) {
  return side.routed.found() ? &side.snapshot->routes[side.routed.route] : nullptr;
}

const policy::NetworkRule* caller_rule(const AccessSide& side) {
  if (side.caller == policy::kNone) return nullptr;
  const std::uint32_t extra = side.snapshot->callers[side.caller].extra;
  return extra == policy::kNone ? nullptr : &side.snapshot->caller_extras[extra].networks;
}

/// Whoever calls is nobody there: credentials are not looked for.
bool nobody(const AccessSide& side) {
  const Route* route = route_of(side);
  return side.anonymous || (route != nullptr && route->acceptance.none_only());
}

std::optional<Code> code_of(NetworkVerdict verdict) {
  if (verdict == NetworkVerdict::Pass) return std::nullopt;
  return verdict == NetworkVerdict::Blocked ? Code::IpBlocked : Code::IpNotAllowed;
}

/// The checks of one address, as far as the address decides: those before the credential, and the caller's.
struct ByAddress {
  std::optional<Code> early;
  std::optional<Code> late;
  auto operator<=>(const ByAddress&) const = default;
};

ByAddress judge_address(const AccessSide& side, const std::optional<IpAddress>& address) {
  ByAddress out;
  const auto& lists = side.snapshot->network_lists;
  out.early = code_of(policy::judge(side.snapshot->global_networks, lists, address));
  const Route* route = route_of(side);
  if (route == nullptr) return out;
  if (!out.early) out.early = code_of(policy::judge(route->networks, lists, address));
  const policy::NetworkRule* own = nobody(side) ? nullptr : caller_rule(side);
  if (own != nullptr) out.late = code_of(policy::judge(*own, lists, address));
  return out;
}

/// The checks that an address does not decide, in a piece of time.
struct ByTime {
  std::optional<Code> credential;
  std::optional<Code> rest;
  auto operator<=>(const ByTime&) const = default;
};

ByTime judge_time(const AccessSide& side, bool open, WallTime at) {
  ByTime out;
  const Route* route = route_of(side);
  if (route == nullptr) return out;
  if (nobody(side)) {
    if (!route->acceptance.none) out.credential = Code::CredentialMissing;
  } else if (side.caller == policy::kNone) {
    out.credential = Code::CredentialUnknown;
  } else if (!side.authentication->at(at)) {
    out.credential = side.authentication->otherwise;
  }
  if (!open) {
    out.rest = Code::OutsideHours;
  } else {
    for (const policy::Requirement& one : route->require) {
      const bool held = side.caller != policy::kNone &&
                        side.snapshot->grants.has(side.snapshot->callers[side.caller].grant, one.permission);
      if (!held && !out.rest) out.rest = Code::PermissionMissing;
    }
    if (!out.rest && route->maintenance) out.rest = Code::Maintenance;
  }
  return out;
}

/// The first check that fails, in the order of the checks.
std::optional<Code> first(const AccessSide& side, const ByAddress& address, const ByTime& time) {
  if (!side.routed.found()) {
    if (side.routed.kind == policy::RouteMatch::Kind::NoMethod)
      return address.early ? address.early : Code::MethodNotAllowed;
    return address.early ? address.early : Code::RouteNotFound;
  }
  if (address.early) return address.early;
  if (time.credential) return time.credential;
  return address.late ? address.late : time.rest;
}

std::string hours_text(const AccessSide& side) {
  std::string text;
  if (const Route* route = route_of(side))
    for (const policy::HoursWindow& window : route->hours)
      fmt::format_to(std::back_inserter(text), "{} {} {} {};", window.days, window.from, window.to,
                     side.snapshot->zones[window.zone].name);
  return text;
}

bool open(const AccessSide& side, WallTime at) {
  const Route* route = route_of(side);
  return route == nullptr || policy::open_at(route->hours, side.snapshot->zones, at);
}

void add_cuts(const AccessSide& side, AddressCuts& cuts) {
  const auto add = [&](const policy::NetworkRule& rule) {
    for (const auto* uses : {&rule.allow, &rule.deny})
      for (const policy::NetworkRule::Use& use : *uses)
        for (const policy::AddressSet::Entry& entry : side.snapshot->network_lists[use.list].set.entries())
          cuts.add(entry.network);
  };
  add(side.snapshot->global_networks);
  if (const Route* route = route_of(side)) add(route->networks);
  if (const policy::NetworkRule* own = caller_rule(side)) add(*own);
}

}  // namespace

const std::vector<AccessChanges::Piece>& AccessChanges::pieces(const AccessSide& before,
                                                               const AccessSide& after) {
  const std::string key = hours_text(before) + "|" + hours_text(after);
  const auto [at, fresh] = pieces_.try_emplace(key);
  std::vector<Piece>& out = at->second;
  if (!fresh) return out;
  if (key == "|") {
    out.push_back({horizon_, true, true});
    return out;
  }
  // Every minute is asked: nothing that the calendar does (a leap day, a change of the clocks) is missed.
  for (WallTime time = horizon_.from; time < horizon_.to; time += kMinute) {
    const bool open_before = open(before, time);
    const bool open_after = open(after, time);
    if (!out.empty() && out.back().open_before == open_before && out.back().open_after == open_after)
      out.back().time.to = std::min(time + kMinute, horizon_.to);
    else
      out.push_back({{time, std::min(time + kMinute, horizon_.to)}, open_before, open_after});
  }
  return out;
}

std::vector<AccessChange> AccessChanges::between(const AccessSide& before, const AccessSide& after) {
  // Time, cut where hours change and where keys begin and end.
  std::vector<WallTime> key_cuts;
  for (const AccessSide* side : {&before, &after})
    if (side->authentication != nullptr)
      for (const Span& span : side->authentication->spans)
        for (const WallTime cut : {span.from, span.to})
          if (horizon_.from < cut && cut < horizon_.to) key_cuts.push_back(cut);
  std::ranges::sort(key_cuts);
  struct TimeKind {
    ByTime before, after;
    Span time;
    WallTime at;
    Duration length{};
  };
  std::vector<TimeKind> kinds;
  const auto add_time = [&](Span time, bool open_before, bool open_after) {
    const ByTime a = judge_time(before, open_before, time.from);
    const ByTime b = judge_time(after, open_after, time.from);
    for (TimeKind& kind : kinds)
      if (kind.before == a && kind.after == b) {
        kind.time.to = time.to;
        kind.length += time.to - time.from;
        return;
      }
    kinds.push_back({a, b, time, time.from, time.to - time.from});
  };
  for (const Piece& piece : pieces(before, after)) {
    Span time = piece.time;
    for (auto cut = std::ranges::upper_bound(key_cuts, time.from);
         cut != key_cuts.end() && *cut < piece.time.to; ++cut) {
      if (*cut <= time.from) continue;
      add_time({time.from, *cut}, piece.open_before, piece.open_after);
      time.from = *cut;
    }
    add_time(time, piece.open_before, piece.open_after);
  }

  AddressCuts cuts;
  add_cuts(before, cuts);
  add_cuts(after, cuts);
  // Addresses that fare alike, whatever the time.
  using Both = std::pair<ByAddress, ByAddress>;
  std::map<Both, AddressPieces> addresses;
  for (const AddressPiece& piece : cuts.pieces())
    addresses[{judge_address(before, piece.sample()), judge_address(after, piece.sample())}].add(piece);
  const Both none{judge_address(before, std::nullopt), judge_address(after, std::nullopt)};
  addresses[none].add_none();

  std::vector<AccessChange> out;
  for (const auto& [both, pieces] : addresses) {
    // Times that come to the same are told once.
    std::map<std::pair<std::optional<Code>, std::optional<Code>>, std::pair<TimeKind, Duration>> by_codes;
    for (const TimeKind& kind : kinds) {
      const auto a = first(before, both.first, kind.before);
      const auto b = first(after, both.second, kind.after);
      if (a == b) continue;
      const auto [at, fresh] = by_codes.try_emplace({a, b}, kind, kind.length);
      if (fresh) continue;
      TimeKind& known = at->second.first;
      if (kind.at < known.at) known.at = kind.at;
      known.time = {std::min(known.time.from, kind.time.from), std::max(known.time.to, kind.time.to)};
      at->second.second += kind.length;
    }
    for (const auto& [codes, told] : by_codes) {
      const auto& [kind, length] = told;
      out.push_back({.before = codes.first,
                     .after = codes.second,
                     .networks = pieces.everything() ? std::vector<IpNetwork>{} : pieces.networks(),
                     .anywhere = pieces.everything(),
                     .without_address = pieces.none(),
                     .time = kind.time,
                     .whole_time = kind.time == horizon_,
                     .address = pieces.sample(),
                     .at = kind.at});
    }
  }
  return out;
}

}  // namespace reeve::explain
