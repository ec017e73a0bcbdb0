// SPDX-License-Identifier: Apache-2.0
// One function a check that says what it saw and what would help. `own` speaks of the reader's own request
// only; `full` names rules and where they stand.
#include "explain/reasons.h"

#include <fmt/format.h>

#include <algorithm>

#include "explain/texts.h"

namespace reeve::explain {

namespace {

using policy::CheckResult;

std::string size_text(std::uint64_t bytes) {
  if (bytes >= 1024 * 1024 && bytes % (1024 * 1024) == 0) return fmt::format("{} MiB", bytes / (1024 * 1024));
  if (bytes >= 1024 && bytes % 1024 == 0) return fmt::format("{} KiB", bytes / 1024);
  return fmt::format("{} bytes", bytes);
}

class Writer {
 public:
  explicit Writer(const Refused& of)
      : of_(of),
        snapshot_(of.snapshot),
        facts_(of.facts),
        route_(of.decision.route == policy::kNone ? nullptr : &of.snapshot.routes[of.decision.route]),
        full_(of.snapshot.disclosure == policy::Disclosure::Full && of.decision.caller != policy::kNone) {}

  std::vector<Reason> all() {
    std::vector<Reason> reasons;
    for (std::size_t i = 0; i < kCheckCount; ++i) {
      const auto check = static_cast<Check>(i);
      if (of_.decision[check].result != CheckResult::Fail || !may_see(check)) continue;
      if (check == Check::Concurrency || check == Check::Rate || check == Check::Quota) {
        add_counters(check, reasons);
      } else {
        reasons.push_back(reason(check, of_.decision[check].code));
      }
    }
    return reasons;
  }

 private:
  bool failed(Check check) const { return of_.decision[check].result == CheckResult::Fail; }

  // A failed network check must not confirm a stolen key: then only networks are spoken of. Without an
  // accepted credential nothing behind it is anybody's business (rules, 4).
  bool may_see(Check check) const {
    if (check == Check::Request) return true;
    const bool network =
        check == Check::GlobalNetwork || check == Check::RouteNetwork || check == Check::CallerNetwork;
    if (failed(Check::GlobalNetwork) || failed(Check::RouteNetwork) || failed(Check::CallerNetwork))
      return network;
    return !failed(Check::Credential) || check <= Check::Credential;
  }

  Reason reason(Check check, Code code) const {
    const Texts& known = texts(code);
    Reason reason{.code = facts(code).name,
                  .check = name(check),
                  .detail = std::string(known.detail),
                  .fix = std::string(known.fix)};
    switch (code) {
      case Code::IpNotAllowed:
      case Code::IpBlocked:
        say_network(check, reason);
        break;
      case Code::OutsideHours:
        say_hours(reason);
        break;
      case Code::PermissionMissing:
        say_permissions(reason);
        break;
      case Code::BodyTooLarge:
        reason.detail = fmt::format("The body of this request is larger than the {} that this route takes.",
                                    size_text(route_->body_max.value_or(0)));
        if (full_) reason.at = place(snapshot_, route_->body_max_at);
        break;
      case Code::BodyTypeRefused:
        say_types(reason);
        break;
      case Code::RateLimited:  // of ip_limit: the limits of accepted requests are counters
        reason.limit = snapshot_.limits[facts_.knocking].name;
        for (const policy::Standing& standing : of_.standings)
          if (standing.limit == facts_.knocking) reason.resets_at = standing.resets_at;
        reason.detail = "Too many requests from your address were refused lately.";
        reason.fix =
            "Find out from an earlier answer why your requests are refused; wait before you send more.";
        break;
      default:
        if (check == Check::Credential) say_credential(code, reason);
        if (check == Check::Request && !of_.context.empty()) join(of_.context, reason);
        break;
    }
    return reason;
  }

  static void join(std::string_view clause, Reason& reason) {
    if (reason.detail.ends_with('.')) reason.detail.pop_back();
    reason.detail.append(": ").append(clause).append(".");
  }

  void say_network(Check check, Reason& reason) const {
    reason.detail = facts_.client ? fmt::format("Your address is {}; ", facts_.client->to_string())
                                  : std::string("You have no address, since you call over a Unix socket; ");
    const bool blocked = reason.code == facts(Code::IpBlocked).name;
    reason.detail +=
        blocked ? "requests from there are kept out." : "requests are only let in from other networks.";
    if (!full_) return;
    const policy::NetworkRule& rule = check == Check::GlobalNetwork  ? snapshot_.global_networks
                                      : check == Check::RouteNetwork ? route_->networks
                                                                     : caller_rule();
    if (blocked) return;
    std::string names;
    for (const policy::NetworkRule::Use& use : rule.allow) {
      const std::string& name = snapshot_.network_lists[use.list].name;
      if (!name.empty()) names.append(names.empty() ? "" : ", ").append(name);
    }
    if (!names.empty())
      reason.fix = fmt::format("Call from one of the networks {}, or ask the operator.", names);
    reason.at = place(snapshot_, rule.allow_at);
  }

  const policy::NetworkRule& caller_rule() const {
    return snapshot_.caller_extras[snapshot_.callers[of_.decision.caller].extra].networks;
  }

  void say_hours(Reason& reason) const {
    const policy::Zone& zone = snapshot_.zones[route_->hours.front().zone];
    const policy::LocalMinute local = policy::local_minute(zone, facts_.now);
    reason.detail = fmt::format("It is {}; the route is open {}.", describe(local, zone),
                                describe(route_->hours, snapshot_.zones));
    const auto next = policy::next_open(route_->hours, snapshot_.zones, facts_.now);
    if (next) {
      const policy::LocalMinute then = policy::local_minute(zone, *next);
      reason.fix = fmt::format("Call again from {} {}.", day_name(then.weekday()), to_rfc3339_seconds(*next));
    }
    if (full_) reason.at = place(snapshot_, route_->hours_at);
  }

  void say_permissions(Reason& reason) const {
    std::string list;
    for (const policy::Requirement& requirement : route_->require) {
      const bool held =
          of_.decision.caller != policy::kNone &&
          snapshot_.grants.has(snapshot_.callers[of_.decision.caller].grant, requirement.permission);
      if (held) continue;
      if (full_ && reason.missing.empty()) reason.at = place(snapshot_, requirement.at);
      const std::string& permission = snapshot_.permissions[requirement.permission];
      reason.missing.push_back(permission);
      list.append(list.empty() ? "" : ", ").append(permission);
    }
    const std::string_view noun = reason.missing.size() == 1 ? "permission" : "permissions";
    reason.detail = fmt::format("This route requires the {} {}, and your credential does not carry {}.", noun,
                                list, reason.missing.size() == 1 ? "it" : "them");
    reason.fix = fmt::format("Ask the operator for the {} {}.", noun, list);
  }

  void say_types(Reason& reason) const {
    std::string list;
    for (const policy::MediaType& type : route_->body_types)
      list.append(list.empty() ? "" : ", ").append(type.text);
    const http::FieldLine* type = facts_.head->find(http::FieldId::ContentType);
    reason.detail = type == nullptr
                        ? "The request has a body, but no Content-Type says what it is."
                        : "The media type of this request's body is not one that the route takes.";
    reason.fix = fmt::format("Send the body as {}, and say so in Content-Type.", list);
    if (full_) reason.at = place(snapshot_, route_->body_types_at);
  }

  void say_credential(Code code, Reason& reason) const {
    const policy::CredentialVerdict& verdict = facts_.credential;
    if (!verdict.context.empty()) join(verdict.context, reason);
    if (code == Code::CredentialMalformed) {
      reason.slip = name(verdict.slip);
      reason.slip_at = verdict.slip_at;
    }
    if (verdict.key == policy::kNone) return;
    const policy::KeyDates* dates = snapshot_.keys.dates(snapshot_.keys[verdict.key]);
    if (dates == nullptr) return;
    if (code == Code::CredentialExpired && dates->expires) {
      reason.expired_at = *dates->expires;
      reason.detail =
          fmt::format("The key is right, but it expired at {}.", to_rfc3339_seconds(*dates->expires));
    }
    if (code == Code::CredentialNotYetValid && dates->not_before) {
      reason.detail = fmt::format("The key is right, but it is valid only from {} on.",
                                  to_rfc3339_seconds(*dates->not_before));
      reason.fix = fmt::format("Call again from {}.", to_rfc3339_seconds(*dates->not_before));
    }
  }

  void add_counters(Check check, std::vector<Reason>& reasons) const {
    for (const policy::Standing& standing : of_.standings) {
      const policy::Limit& limit = snapshot_.limits[standing.limit];
      if (!standing.refuses() || policy::check_of(limit.kind) != check) continue;
      const Code code = of_.decision[check].code;
      Reason reason{.code = facts(code).name,
                    .check = name(check),
                    .detail = counter_text(limit),
                    .fix = std::string(texts(code).fix),
                    .limit = limit.name,
                    .resets_at = standing.resets_at};
      if (limit.kind != policy::LimitKind::Concurrency)
        reason.fix = fmt::format("Call again from {}.", to_rfc3339_seconds(*reason.resets_at));
      if (full_) reason.at = place(snapshot_, limit.at);
      reasons.push_back(std::move(reason));
    }
  }

  static std::string counter_text(const policy::Limit& limit) {
    switch (limit.kind) {
      case policy::LimitKind::Concurrency:
        return fmt::format("The limit {} allows {} requests at once, and as many are being served.",
                           limit.name, limit.most);
      case policy::LimitKind::Rate:
        return fmt::format(
            "The limit {} allows {} requests at once and one more every {} ms; they were made.", limit.name,
            limit.burst, std::max<std::int64_t>(1, limit.interval / std::chrono::milliseconds(1)));
      case policy::LimitKind::Quota:
        break;
    }
    static constexpr std::string_view kPeriods[] = {"hour", "day", "week", "month"};
    return fmt::format("The limit {} allows {} requests a {}, and all have been made.", limit.name,
                       limit.amount, kPeriods[static_cast<std::size_t>(limit.period)]);
  }

  const Refused& of_;
  const policy::Snapshot& snapshot_;
  const policy::Facts& facts_;
  const policy::Route* route_;
  bool full_;
};

}  // namespace

std::string place(const policy::Snapshot& snapshot, SourcePos at) {
  if (at.line == 0 || at.file >= snapshot.files.size()) return {};
  return fmt::format("{}:{}:{}", snapshot.files[at.file], at.line, at.column);
}

std::vector<Reason> reasons(const Refused& refused) {
  return Writer(refused).all();
}

std::optional<Duration> retry_after(const policy::Standings& standings) {
  std::optional<Duration> longest;
  for (const policy::Standing& standing : standings)
    if (standing.refuses()) longest = std::max(longest.value_or(Duration{0}), standing.helps_in);
  if (longest && *longest > std::chrono::seconds(60)) return std::nullopt;
  return longest;
}

}  // namespace reeve::explain
