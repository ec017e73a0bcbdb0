// SPDX-License-Identifier: Apache-2.0
// `limits:` and the lists that name them (contract, 2, Limits). Their arithmetic is policy's, their counters
// are those of limits/.
#include <algorithm>

#include <fmt/format.h>

#include "config/access_names.h"
#include "config/compile.h"
#include "config/grammar.h"
#include "config/suggest.h"
#include "config/values.h"

namespace reeve::config {

namespace {

using policy::Limit;
using policy::SubjectPart;
using yaml::Node;

struct PartName {
  std::string_view name;
  SubjectPart part;
};
constexpr PartName kParts[] = {
    {"caller", SubjectPart::Caller}, {"key", SubjectPart::Key},
    {"team", SubjectPart::Team},     {"organisation", SubjectPart::Organisation},
    {"ip", SubjectPart::Ip},         {"route", SubjectPart::Route},
};
constexpr std::size_t kLimitsMost = 16'384;  // that limits::Table tells apart
constexpr std::string_view kHeader = "header:";
constexpr std::string_view kPeriods[] = {"hour", "day", "week", "month"};

void add_part(const Node& item, Limit& limit, Context& context) {
  if (item.bad) return;
  const auto add = [&](Limit::Per per) {
    if (std::ranges::find(limit.per, per) == limit.per.end()) return limit.per.push_back(std::move(per));
    context.findings.error(rule::kBadValue, item.at, fmt::format("{} is listed twice", quoted(item.text)),
                           "list it once");
  };
  const auto known = std::ranges::find(kParts, item.text, &PartName::name);
  if (known != std::end(kParts)) return add({known->part, {}});
  if (item.text.starts_with(kHeader)) {
    if (auto name = field_name(std::string_view(item.text).substr(kHeader.size()), item.at, context))
      add({SubjectPart::Header, std::move(*name)});
    return;
  }
  std::vector<std::string_view> names;
  for (const PartName& part : kParts) names.push_back(part.name);
  context.findings.error(
      rule::kBadValue, item.at,
      fmt::format("nothing is counted per {}{}", quoted(item.text), did_you_mean(item.text, names)),
      "write caller, key, team, organisation, ip, route or header:<name>");
}

void compile_rate(const Node& value, const Node& node, Limit& limit, Context& context) {
  limit.kind = policy::LimitKind::Rate;
  const auto rate = parse_rate(value.text);
  if (!rate) {
    context.findings.error(rule::kBadValue, value.at, fmt::format("{} is not a rate", quoted(value.text)),
                           "write how many in which time, such as 100/1m");
    return;
  }
  if (rate->count < 1 || rate->nanoseconds < rate->count || rate->count > 1'000'000'000) {
    context.findings.error(rule::kOutOfRange, value.at, fmt::format("{} is out of range", quoted(value.text)),
                           "write at least one in some time, and at most one a nanosecond");
    return;
  }
  limit.interval = Duration(rate->nanoseconds / rate->count);
  limit.burst = static_cast<std::uint64_t>(integer(node, "burst").value_or(rate->count));
  if (policy::kRateSpanMax / static_cast<std::int64_t>(limit.burst) < limit.interval)
    context.findings.error(rule::kOutOfRange, value.at, "the burst takes longer than 73 years to come back",
                           "write a smaller burst, or a higher rate");
}

void compile_quota(const Node& value, const Node& node, Limit& limit, AccessNames& names, Context& context,
                   policy::Snapshot& snapshot) {
  limit.kind = policy::LimitKind::Quota;
  const std::size_t slash = value.text.find('/');
  const Number amount = parse_integer(std::string_view(value.text).substr(0, slash));
  const std::string_view period =
      slash == std::string::npos ? std::string_view{} : std::string_view(value.text).substr(slash + 1);
  const auto known = std::ranges::find(kPeriods, period);
  if (!amount.ok() || known == std::end(kPeriods)) {
    context.findings.error(
        rule::kBadValue, value.at,
        fmt::format("{} is not a quota{}", quoted(value.text), did_you_mean(period, kPeriods)),
        "write how many in which calendar period, such as 100000/month; hour, day, week and month are known");
    return;
  }
  constexpr std::int64_t kMost = (std::int64_t{1} << 40) - 1;  // what a counter counts up to
  if (amount.value < 1 || amount.value > kMost) {
    context.findings.error(rule::kOutOfRange, value.at, fmt::format("{} is out of range", quoted(value.text)),
                           fmt::format("write an amount from 1 to {}", kMost));
    return;
  }
  limit.amount = static_cast<std::uint64_t>(amount.value);
  limit.period = static_cast<policy::QuotaPeriod>(known - std::begin(kPeriods));
  const Node* zone = get(node, "zone");
  limit.zone =
      zone == nullptr ? utc(names, snapshot) : compile_zone(*zone, names, context, snapshot).value_or(0);
}

/// Exactly one of them says what is limited.
const yaml::Entry* only_kind(const Node& node, Context& context) {
  const yaml::Entry* first = nullptr;
  for (const yaml::Entry& entry : node.entries) {
    if (entry.key != "rate" && entry.key != "quota" && entry.key != "concurrency" && entry.key != "tokens")
      continue;
    if (first == nullptr) {
      first = &entry;
    } else {
      context.findings.error(
          rule::kBadValue, entry.key_at,
          fmt::format("a limit is of one kind, but `{}` and `{}` are written", first->key, entry.key),
          "make two limits and list both where they apply");
    }
  }
  if (first == nullptr)
    context.findings.error(rule::kMissingKey, node.first_key(), "nothing says what is limited",
                           "add one of rate, quota and concurrency");
  return first;
}

void check_companions(const Node& node, const yaml::Entry& kind, Context& context) {
  const auto only_with = [&](std::string_view key, std::string_view of) {
    const yaml::Entry* entry = node.find_entry(key);
    if (entry != nullptr && kind.key != of)
      context.findings.error(rule::kBadValue, entry->key_at,
                             fmt::format("`{}` belongs to `{}`, and this limit is a {}", key, of, kind.key),
                             fmt::format("remove `{}`", key));
  };
  only_with("burst", "rate");
  only_with("zone", "quota");
}

void compile_limit(const yaml::Entry& entry, AccessNames& names, Context& context,
                   policy::Snapshot& snapshot) {
  const Node& node = entry.value;
  Limit limit;
  limit.name = entry.key;
  limit.at = entry.key_at;
  if (const Node* per = get(node, "per")) {
    if (per->is_scalar()) add_part(*per, limit, context);
    for (const Node& item : per->items) add_part(item, limit, context);
  }
  if (const yaml::Entry* kind = only_kind(node, context); kind != nullptr && !kind->value.bad) {
    check_companions(node, *kind, context);
    if (kind->key == "rate") compile_rate(kind->value, node, limit, context);
    if (kind->key == "quota") compile_quota(kind->value, node, limit, names, context, snapshot);
    if (kind->key == "concurrency") {
      limit.kind = policy::LimitKind::Concurrency;
      limit.most = static_cast<std::uint32_t>(integer(node, "concurrency").value_or(1));
    }
  }
  if (const Node* on = get(node, "on")) {
    limit.on_refused = true;
    if (limit.kind == policy::LimitKind::Concurrency)
      context.findings.error(rule::kBadValue, on->at,
                             "refused requests are over at once: there are never several",
                             "use a rate or a quota");
    if (limit.per.size() != 1 || limit.per[0].part != SubjectPart::Ip)
      context.findings.error(rule::kBadValue, on->at, "a limit on refused requests is `per: ip`",
                             "write `per: ip`: who is refused may be nobody that is known");
  }
  limit.dry_run = boolean(node, "dry_run").value_or(false);
  snapshot.any_knocking = snapshot.any_knocking || limit.on_refused;
  names.limits.emplace(entry.key, static_cast<std::uint32_t>(snapshot.limits.size()));
  snapshot.limits.push_back(std::move(limit));
}

}  // namespace

void compile_limits(const Node& root, AccessNames& names, Context& context, policy::Snapshot& snapshot) {
  const Node* limits = get(root, "limits");
  if (limits == nullptr) return;
  for (const yaml::Entry& entry : limits->entries)
    if (!entry.value.bad && check_name(entry.key, entry.key_at, "a limit", context))
      compile_limit(entry, names, context, snapshot);
  if (snapshot.limits.size() > kLimitsMost)
    context.findings.error(
        rule::kOutOfRange, limits->at, fmt::format("there are {} limits", snapshot.limits.size()),
        fmt::format("declare at most {}; one limit can be applied in many places", kLimitsMost));
}

std::vector<policy::LimitUse> compile_limit_uses(const Node& list, const AccessNames& names,
                                                 Context& context) {
  std::vector<policy::LimitUse> uses;
  for (const Node& item : list.items)
    if (!item.bad)
      if (const auto limit = look_up(names.limits, item, "a limit", context))
        uses.push_back({*limit, item.at});
  return uses;
}

}  // namespace reeve::config
