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
    out.credential = out_of_force(*side.snapshot, side.authentication->key, at);
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

/// Where keys begin and end to be in force, and where the reason changes why they are not.
void add_cuts(const AccessSide& side, std::vector<WallTime>& cuts) {
  for (const Span& span : side.authentication->spans) cuts.insert(cuts.end(), {span.from, span.to});
  if (side.authentication->key == policy::kNone) return;
  const policy::KeyDates* dates = side.snapshot->keys.dates(side.snapshot->keys[side.authentication->key]);
  if (dates == nullptr) return;
  for (const auto& date : {dates->not_before, dates->expires, dates->revoked_at})
    if (date) cuts.push_back(*date);
}

/// Times at which both sides answer alike, addresses apart.
struct TimeKind {
  ByTime before, after;
  Span time;  ///< from the first of them to behind the last
};

void add_time(const AccessSide& before, const AccessSide& after, Span time, bool open_before, bool open_after,
              std::vector<TimeKind>& kinds) {
  const ByTime a = judge_time(before, open_before, time.from);
  const ByTime b = judge_time(after, open_after, time.from);
  for (TimeKind& kind : kinds)
    if (kind.before == a && kind.after == b) {
      kind.time.to = time.to;
      return;
    }
  kinds.push_back({a, b, time});
}

/// Addresses that fare alike, whatever the time.
std::map<std::pair<ByAddress, ByAddress>, AddressPieces> address_kinds(const AccessSide& before,
                                                                       const AccessSide& after) {
  AddressCuts cuts;
  add_cuts(before, cuts);
  add_cuts(after, cuts);
  std::map<std::pair<ByAddress, ByAddress>, AddressPieces> kinds;
  for (const AddressPiece& piece : cuts.pieces())
    kinds[{judge_address(before, piece.sample()), judge_address(after, piece.sample())}].add(piece);
  kinds[{judge_address(before, std::nullopt), judge_address(after, std::nullopt)}].add_none();
  return kinds;
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
  std::vector<WallTime> key_cuts;
  for (const AccessSide* side : {&before, &after})
    if (side->authentication != nullptr) add_cuts(*side, key_cuts);
  std::ranges::sort(key_cuts);
  std::vector<TimeKind> times;
  for (const Piece& piece : pieces(before, after)) {
    WallTime from = piece.time.from;
    for (auto cut = std::ranges::upper_bound(key_cuts, from); cut != key_cuts.end() && *cut < piece.time.to;
         ++cut) {
      if (*cut == from) continue;
      add_time(before, after, {from, *cut}, piece.open_before, piece.open_after, times);
      from = *cut;
    }
    add_time(before, after, {from, piece.time.to}, piece.open_before, piece.open_after, times);
  }

  std::vector<AccessChange> out;
  for (const auto& [both, addresses] : address_kinds(before, after)) {
    // Times that come to the same are told once.
    std::map<std::pair<std::optional<Code>, std::optional<Code>>, Span> by_codes;
    for (const TimeKind& kind : times) {
      const auto a = first(before, both.first, kind.before);
      const auto b = first(after, both.second, kind.after);
      if (a == b) continue;
      Span& known = by_codes.try_emplace({a, b}, kind.time).first->second;
      known = {std::min(known.from, kind.time.from), std::max(known.to, kind.time.to)};
    }
    for (const auto& [codes, time] : by_codes)
      out.push_back({.before = codes.first,
                     .after = codes.second,
                     .networks = addresses.everything() ? std::vector<IpNetwork>{} : addresses.networks(),
                     .anywhere = addresses.everything(),
                     .without_address = addresses.none(),
                     .time = time,
                     .whole_time = time == horizon_,
                     .address = addresses.sample()});
  }
  return out;
}

}  // namespace reeve::explain
