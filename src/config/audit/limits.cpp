// SPDX-License-Identifier: Apache-2.0
// The rules on limits: those that another one always comes before, quotas that one burst uses up, and limits
// that count for somebody else than it seems.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "config/audit/subject.h"

namespace reeve::config::audit {

namespace {

using policy::Limit;
using policy::LimitKind;
using policy::LimitUse;
using policy::QuotaPeriod;
using policy::SubjectPart;
using Uses = std::vector<LimitUse>;

// Lists that people write are short; pairs in a list of thousands would take minutes.
constexpr std::size_t kListMost = 64;

/// From the narrowest to the widest: each is decided by those before it (rules, 2). Others decide nothing but
/// themselves.
std::optional<int> width(SubjectPart part) {
  switch (part) {
    case SubjectPart::Key:
      return 0;
    case SubjectPart::Caller:
      return 1;
    case SubjectPart::Team:
      return 2;
    case SubjectPart::Organisation:
      return 3;
    case SubjectPart::Ip:
    case SubjectPart::Route:
    case SubjectPart::Header:
      break;
  }
  return std::nullopt;
}

/// Requests that `narrow` counts together, `wide` counts together too.
bool counts_together(const Limit& wide, const Limit& narrow) {
  return std::ranges::all_of(wide.per, [&](const Limit::Per& per) {
    return std::ranges::any_of(narrow.per, [&](const Limit::Per& other) {
      const auto of = width(per.part);
      const auto by = width(other.part);
      return per == other || (of && by && *by <= *of);
    });
  });
}

/// Every window of `narrow` lies in one of `wide`.
bool holds_period(QuotaPeriod wide, QuotaPeriod narrow) {
  return wide == narrow || narrow == QuotaPeriod::Hour ||
         (narrow == QuotaPeriod::Day && (wide == QuotaPeriod::Week || wide == QuotaPeriod::Month));
}

/// Where both count the same requests, `first` is exhausted no later than `second`, whatever is sent.
bool comes_first(const Limit& first, const Limit& second) {
  if (first.kind != second.kind || first.on_refused || second.on_refused || first.dry_run || second.dry_run ||
      !counts_together(first, second))
    return false;
  switch (first.kind) {
    case LimitKind::Concurrency:
      return first.most <= second.most;
    case LimitKind::Rate:
      return first.burst <= second.burst && first.interval >= second.interval;
    case LimitKind::Quota:
      return first.amount <= second.amount && first.zone == second.zone &&
             holds_period(first.period, second.period);
  }
  return false;
}

/// A list that names limits; `also` applies to at least the same requests.
struct Site {
  const Uses* list;
  const Uses* also = nullptr;
};

bool names(const Uses& list, std::uint32_t limit) {
  return std::ranges::find(list, limit, &LimitUse::limit) != list.end();
}

class Limits {
 public:
  explicit Limits(const Subject& subject)
      : subject_(subject), snapshot_(subject.snapshot), sites_(snapshot_.limits.size()) {}

  void judge_all() {
    collect({&snapshot_.global_limits});
    for (const policy::Route& route : snapshot_.routes) collect({&route.limits});
    for (const policy::Team& team : snapshot_.teams) collect({&team.limits});
    for (const policy::Caller& caller : snapshot_.callers)
      if (caller.extra != policy::kNone)
        collect({&snapshot_.caller_extras[caller.extra].limits,
                 caller.team == policy::kNone ? nullptr : &snapshot_.teams[caller.team].limits});
    for (std::uint32_t i = 0; i < snapshot_.limits.size(); ++i)
      if (!sites_[i].empty()) {
        never_bites(i);
        quota_below_burst(i);
        refused(snapshot_.limits[i]);
      }
  }

 private:
  void collect(Site site) {
    if (site.list->size() > kListMost) return;
    for (const LimitUse& use : *site.list) sites_[use.limit].push_back(site);
  }

  bool applies(const Site& site, std::uint32_t limit) const {
    return names(*site.list, limit) || (site.also != nullptr && names(*site.also, limit)) ||
           (snapshot_.global_limits.size() <= kListMost && names(snapshot_.global_limits, limit));
  }

  std::vector<std::uint32_t> beside(const Site& site) const {
    std::vector<std::uint32_t> out;
    for (const Uses* list : {site.list, site.also, &snapshot_.global_limits})
      if (list != nullptr && list->size() <= kListMost)
        for (const LimitUse& use : *list) out.push_back(use.limit);
    return out;
  }

  SourcePos use_at(const Site& site, std::uint32_t limit) const {
    return std::ranges::find(*site.list, limit, &LimitUse::limit)->at;
  }

  void never_bites(std::uint32_t index) {
    const Limit& limit = snapshot_.limits[index];
    const std::vector<Site>& sites = sites_[index];
    for (const std::uint32_t other : beside(sites.front())) {
      const Limit& first = snapshot_.limits[other];
      if (other == index || !comes_first(first, limit)) continue;
      // Of two that are alike, one is enough to be told.
      if (comes_first(limit, first) && other > index) continue;
      if (!std::ranges::all_of(sites, [&](const Site& site) { return applies(site, other); })) continue;
      subject_.teller.tell(
          kLimitNeverBites, use_at(sites.front(), index),
          fmt::format(
              "the limit {} refuses nobody: wherever it applies, {} at {} counts the same requests and is "
              "exhausted no later",
              quoted(limit.name), quoted(first.name), subject_.place(first.at)),
          "make it the smaller one, or remove it");
      return;
    }
  }

  void quota_below_burst(std::uint32_t index) {
    const Limit& quota = snapshot_.limits[index];
    if (quota.kind != LimitKind::Quota || quota.on_refused || quota.dry_run) return;
    const Site& site = sites_[index].front();
    for (const LimitUse& use : *site.list) {
      const Limit& rate = snapshot_.limits[use.limit];
      if (rate.kind != LimitKind::Rate || rate.on_refused || rate.burst <= quota.amount ||
          !counts_together(quota, rate))
        continue;
      subject_.teller.tell(
          kQuotaBelowBurst, use_at(site, index),
          fmt::format("one burst of {} ({} requests, at {}) uses up the whole quota {} ({} requests)",
                      quoted(rate.name), rate.burst, subject_.place(rate.at), quoted(quota.name),
                      quota.amount),
          "write a smaller `burst`, or a larger quota");
      return;
    }
  }

  void refused(const Limit& limit) {
    if (!limit.on_refused || limit.dry_run) return;
    subject_.teller.tell(
        kRefusedLimitShared, limit.at,
        fmt::format(
            "the limit {} goes by the address: when one client has used it up, everybody behind the same "
            "address is answered 429, with good keys too",
            quoted(limit.name)),
        "choose it well above what the largest office behind one address gets wrong, or begin with `dry_run: "
        "true`");
  }

  const Subject& subject_;
  const policy::Snapshot& snapshot_;
  std::vector<std::vector<Site>> sites_;  ///< by limit
};

void counts_addresses(const Subject& subject) {
  for (const policy::Route& route : subject.snapshot.routes) {
    if (!route.enabled || !route.acceptance.none_only()) continue;
    for (const LimitUse& use : route.limits) {
      const Limit& limit = subject.snapshot.limits[use.limit];
      if (limit.on_refused ||
          std::ranges::none_of(limit.per, [](const Limit::Per& per) { return width(per.part).has_value(); }))
        continue;
      subject.teller.tell(
          kLimitCountsAddresses, use.at,
          fmt::format(
              "nobody is a caller on the route {}, so the limit {} at {} counts by address there: everybody "
              "behind one address shares it",
              quoted(route.name), quoted(limit.name), subject.place(limit.at)),
          "apply a limit `per: ip` if that is meant, else write `authenticate: [ key ]`");
    }
  }
}

}  // namespace

void audit_limits(const Subject& subject) {
  // All of them are hints.
  if (!subject.teller.wants(kLimitNeverBites)) return;
  Limits(subject).judge_all();
  counts_addresses(subject);
}

}  // namespace reeve::config::audit
