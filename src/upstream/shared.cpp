// SPDX-License-Identifier: Apache-2.0
#include "upstream/shared.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace reeve::upstream {

namespace {

constexpr Duration kKeepAliveDefault = std::chrono::seconds(60);
// An upstream that closes sooner was most likely restarted, which says nothing about the next connection.
constexpr Duration kKeepAliveSeenMin = std::chrono::seconds(1);
// What was seen may have been a restart, a deployment, a proxy in between: it is believed for so long.
constexpr Duration kSeenBelieved = std::chrono::minutes(5);

/// Prometheus' escaping of a label value.
std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

SharedTarget::SharedTarget(std::shared_ptr<SharedUpstream> upstream, std::string url,
                           std::shared_ptr<const Watch> watch)
    : upstream_(std::move(upstream)), url_(std::move(url)), watch_(std::move(watch)) {}

void SharedTarget::tell(bool healthy, std::string_view reason) const {
  if (*watch_) (*watch_)(upstream(), url_, healthy, reason);
}

void SharedTarget::set_healthy(bool healthy, std::string_view reason) {
  if (healthy_.exchange(healthy, kRelaxed) != healthy) tell(healthy, reason);
}

void SharedTarget::set_name(Name state, std::string_view reason) {
  // Every reactor asks for itself; whoever changes the state tells it, the others find it told.
  if (name_.exchange(state, kRelaxed) != state) tell(state != Name::Unknown, reason);
}

void SharedTarget::eject(MonoTime until, std::string_view reason) {
  ejected_until_.store(until.time_since_epoch().count(), kRelaxed);
  tell(false, reason);
}

void SharedTarget::keep_alive_seen(Duration idle, MonoTime now) {
  if (idle >= keep_alive(now)) return;
  seen_.store(std::max(idle, kKeepAliveSeenMin).count(), kRelaxed);
  seen_at_.store(now.time_since_epoch().count(), kRelaxed);
}

Duration SharedTarget::keep_alive(MonoTime now) const {
  const Duration told{told_.load(kRelaxed)};
  const Duration expected = told > Duration(0) ? told : kKeepAliveDefault;
  const Duration seen{seen_.load(kRelaxed)};
  if (seen == Duration(0) || now - MonoTime(Duration(seen_at_.load(kRelaxed))) > kSeenBelieved)
    return expected;
  return std::min(seen, expected);
}

std::shared_ptr<SharedUpstream> Shared::upstream(const std::string& name) {
  std::weak_ptr<SharedUpstream>& known = upstreams_[name];
  std::shared_ptr<SharedUpstream> found = known.lock();
  if (!found) known = found = std::make_shared<SharedUpstream>(name);
  return found;
}

std::shared_ptr<SharedTarget> Shared::target(const std::string& upstream_name, const std::string& url) {
  const std::scoped_lock lock(mutex_);
  const auto place = targets_.try_emplace({upstream_name, url}).first;
  std::shared_ptr<SharedTarget> found = place->second.lock();
  if (!found) place->second = found = std::make_shared<SharedTarget>(upstream(upstream_name), url, watch_);
  return found;
}

void Shared::forget_gone() {
  const std::scoped_lock lock(mutex_);
  std::erase_if(targets_, [](const auto& row) { return row.second.expired(); });
  std::erase_if(upstreams_, [](const auto& row) { return row.second.expired(); });
}

std::shared_ptr<rt::TlsClientContext> Shared::tls_context(const std::string& name,
                                                          const rt::TlsClientSettings& settings,
                                                          rt::Dialer& dialer) {
  const std::scoped_lock lock(mutex_);
  const std::shared_ptr<SharedUpstream> of = upstream(name);
  std::shared_ptr<rt::TlsClientContext> context = of->tls_context.lock();
  if (!context || of->tls_settings != settings) {
    context = dialer.tls_context(settings);
    of->tls_settings = settings;
    of->tls_context = context;
  }
  return context;
}

std::vector<TargetStatus> Shared::list(MonoTime now) const {
  std::vector<TargetStatus> rows;
  const std::scoped_lock lock(mutex_);
  rows.reserve(targets_.size());
  for (const auto& [identity, known] : targets_) {
    const std::shared_ptr<SharedTarget> target = known.lock();
    if (!target) continue;
    rows.push_back({.upstream = identity.first,
                    .target = identity.second,
                    .healthy = target->healthy() && target->name_known(),
                    .ejected = target->ejected(now),
                    .in_flight = target->in_flight(),
                    .connections = target->connections(),
                    .kept = target->kept()});
  }
  return rows;
}

std::string Shared::metrics_text(MonoTime now) const {
  struct Family {
    std::string_view name, help;
    std::uint32_t (*value)(const TargetStatus&);
  };
  static constexpr Family kFamilies[] = {
      {"reeve_target_healthy",
       "1 when the target may be chosen: its name is known and its active check passes.",
       [](const TargetStatus& row) -> std::uint32_t { return row.healthy; }},
      {"reeve_target_ejected", "1 while the target is left out for its failures.",
       [](const TargetStatus& row) -> std::uint32_t { return row.ejected; }},
      {"reeve_target_requests_in_flight", "Attempts that the target has not answered to their end.",
       [](const TargetStatus& row) { return row.in_flight; }},
      {"reeve_target_connections", "Open connections to the target, kept ones included.",
       [](const TargetStatus& row) { return row.connections; }},
      {"reeve_target_connections_kept", "Idle connections that are kept for the next request.",
       [](const TargetStatus& row) { return row.kept; }},
  };
  const std::vector<TargetStatus> rows = list(now);
  std::string text;
  for (const Family& family : kFamilies) {
    fmt::format_to(std::back_inserter(text), "# HELP {0} {1}\n# TYPE {0} gauge\n", family.name, family.help);
    for (const TargetStatus& row : rows)
      fmt::format_to(std::back_inserter(text), "{}{{upstream=\"{}\",target=\"{}\"}} {}\n", family.name,
                     escaped(row.upstream), escaped(row.target), family.value(row));
  }
  return text;
}

}  // namespace reeve::upstream
