// SPDX-License-Identifier: Apache-2.0
#include "explain/nearest_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "base/slips.h"
#include "explain/reasons.h"
#include "http/authority.h"
#include "http/path.h"
#include "policy/conditions.h"
#include "policy/method_set.h"

namespace reeve::explain {

namespace {

using policy::PathPattern;

constexpr std::size_t kShown = 3;
/// Beyond so many slips two names are simply two names.
constexpr std::size_t kSlipsMost = 6;
/// A whole segment too many or too few; a host that must be another.
constexpr std::size_t kPartAway = 4;

/// What one route lacks to take the request. The fewer slips the nearer.
struct Distance {
  std::size_t slips = 0;
  std::string differs;

  /// `got` empty = not told.
  void add(std::size_t more, std::string_view what, std::string_view wants, std::string_view got) {
    slips += more;
    if (!differs.empty()) differs += "; ";
    fmt::format_to(std::back_inserter(differs), "{}: wants {}", what, wants);
    if (!got.empty()) differs.append(", got ").append(got);
  }
};

std::size_t between(std::string_view a, std::string_view b) {
  // Two texts that differ are never no slip apart: case matters in a path.
  return std::max<std::size_t>(slips(a, b, kSlipsMost), 1);
}

bool takes_host(std::string_view pattern, std::string_view host) {
  if (pattern.empty() || pattern == host) return true;
  return pattern.starts_with("*.") && host.size() >= pattern.size() && host.ends_with(pattern.substr(1));
}

std::size_t host_slips(std::string_view pattern, std::string_view host) {
  if (takes_host(pattern, host)) return 0;
  if (!pattern.starts_with("*.")) return between(pattern, host);
  const std::size_t dot = host.find('.');
  const std::string_view behind = dot == std::string_view::npos ? host : host.substr(dot + 1);
  return between(pattern.substr(2), behind);
}

std::size_t segment_slips(const PathPattern::Segment& wanted, std::string_view got) {
  switch (wanted.kind) {
    case PathPattern::Kind::Literal:
      return wanted.text == got ? 0 : between(wanted.text, got);
    case PathPattern::Kind::ParameterWithSuffix: {
      if (got.size() > wanted.text.size() && got.ends_with(wanted.text)) return 0;
      const std::size_t colon = got.find(':');
      return colon == std::string_view::npos ? kPartAway : between(wanted.text, got.substr(colon));
    }
    case PathPattern::Kind::Parameter:
      return got.empty() ? kPartAway : 0;
    case PathPattern::Kind::Rest:
      break;
  }
  return 0;
}

/// The cheapest way to lay the path over the pattern, segments left out or put in on either side.
std::size_t path_slips(const PathPattern& pattern, std::span<const std::string_view> path) {
  std::vector<std::size_t> last(path.size() + 1);
  std::vector<std::size_t> row(path.size() + 1);
  for (std::size_t k = 0; k <= path.size(); ++k) last[k] = k * kPartAway;
  for (const PathPattern::Segment& segment : pattern.segments) {
    row[0] = last[0] + kPartAway;
    for (std::size_t k = 1; k <= path.size(); ++k) {
      row[k] = std::min(
          {last[k] + kPartAway, row[k - 1] + kPartAway, last[k - 1] + segment_slips(segment, path[k - 1])});
      if (segment.kind == PathPattern::Kind::Rest) row[k] = std::min(row[k], row[k - 1]);
    }
    std::swap(last, row);
  }
  return last[path.size()];
}

class Measure {
 public:
  explicit Measure(const http::RequestHead& head)
      : head_(head), host_(http::matching_host_of(head.authority, host_form_)) {
    readable_ = http::normalise(head.path, path_) == http::PathFlaw::None;
  }
  Measure(const Measure&) = delete;
  Measure& operator=(const Measure&) = delete;

  bool readable() const { return readable_; }

  Distance of(const policy::Route& route) const {
    Distance distance;
    host(route, distance);
    path(route, distance);
    method(route, distance);
    conditions(route, distance);
    if (!route.enabled) distance.add(1, "enabled", "true", "false");
    return distance;
  }

 private:
  void host(const policy::Route& route, Distance& out) const {
    const policy::RouteHost* best = nullptr;
    std::size_t least = 0;
    for (const policy::RouteHost& one : route.hosts) {
      const std::size_t away = host_slips(one.text, host_);
      if (best != nullptr && away >= least) continue;
      best = &one;
      least = away;
    }
    if (best != nullptr && least != 0) out.add(least, "host", best->text, host_.empty() ? "none" : host_);
  }

  void path(const policy::Route& route, Distance& out) const {
    const policy::RoutePath* best = nullptr;
    std::size_t least = 0;
    for (const policy::RoutePath& one : route.paths) {
      const std::size_t away = path_slips(one.pattern, {path_.segments.begin(), path_.segments.end()});
      if (best != nullptr && away >= least) continue;
      best = &one;
      least = away;
    }
    if (best != nullptr && least != 0) out.add(least, "path", best->pattern.to_string(), path_.text);
  }

  void method(const policy::Route& route, Distance& out) const {
    const bool known = head_.method != http::Method::Other;
    const bool taken = known ? (policy::mask_of(route.methods) & policy::bit(head_.method)) != 0
                             : std::ranges::find(route.methods, head_.method_text) != route.methods.end();
    if (route.methods.empty() || taken) return;
    out.add(1, "method", fmt::format("{}", fmt::join(route.methods, " or ")), head_.method_text);
  }

  void conditions(const policy::Route& route, Distance& out) const {
    // Never what came: a header or a query may carry a secret, and a past decision knows neither.
    const auto tell = [&](std::string_view kind, const policy::Condition& wanted) {
      out.add(1, fmt::format("{} {}", kind, wanted.name),
              wanted.present_only ? std::string("any value") : fmt::format("\"{}\"", wanted.value), {});
    };
    for (const policy::Condition& one : route.headers)
      if (!policy::header_holds(one, head_)) tell("header", one);
    for (const policy::Condition& one : route.query)
      if (!policy::query_holds(one, head_.query)) tell("query parameter", one);
  }

  const http::RequestHead& head_;
  http::HostBuffer host_form_;
  std::string_view host_;
  http::Path path_;
  bool readable_ = false;
};

}  // namespace

std::vector<NearRoute> nearest_routes(const policy::Snapshot& snapshot, const http::RequestHead& head) {
  const Measure measure(head);
  if (!measure.readable()) return {};
  struct Candidate {
    const policy::Route* route;
    Distance distance;
  };
  std::vector<Candidate> best;
  for (const policy::Route& route : snapshot.routes) {
    Candidate candidate{&route, measure.of(route)};
    const auto behind = std::ranges::upper_bound(best, candidate.distance.slips, {},
                                                 [](const Candidate& one) { return one.distance.slips; });
    if (behind == best.end() && best.size() == kShown) continue;
    best.insert(behind, std::move(candidate));
    if (best.size() > kShown) best.pop_back();
  }
  std::vector<NearRoute> out;
  for (Candidate& one : best)
    out.push_back({one.route->name, place(snapshot, one.route->at), std::move(one.distance.differs)});
  return out;
}

}  // namespace reeve::explain
