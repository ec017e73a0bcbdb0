// SPDX-License-Identifier: Apache-2.0
// The rules on paths that look alike: one is taken with a trailing slash only, two let different callers in,
// or a narrow path takes fewer methods than the broad one around it. By a table of all paths, so that many
// cost little.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/audit/addresses.h"
#include "config/audit/subject.h"
#include "policy/method_set.h"

namespace reeve::config::audit {

namespace {

using http::Method;
using policy::MethodMask;
using policy::PathPattern;
using Kind = PathPattern::Kind;
using Segments = std::span<const PathPattern::Segment>;

/// One host and path of a route.
struct Way {
  std::uint32_t route;
  const policy::RouteHost* host;
  const policy::RoutePath* path;
};

/// What routes are found by: as in the route table, parameters without their names.
void append(std::string& key, const PathPattern::Segment& segment) {
  key += '/';
  if (segment.kind == Kind::Literal) {
    key += segment.text;
    return;
  }
  key += segment.kind == Kind::Rest ? "{...}" : "{}";
  if (segment.kind == Kind::ParameterWithSuffix) key += segment.text;
}

std::string key_of(std::string_view host, Segments segments) {
  std::string key(host);
  for (const PathPattern::Segment& segment : segments) append(key, segment);
  return key;
}

bool ends_with_slash(Segments segments) {
  return segments.size() > 1 && segments.back().kind == Kind::Literal && segments.back().text.empty();
}

class Paths {
 public:
  explicit Paths(const Subject& subject) : subject_(subject), snapshot_(subject.snapshot) {}

  void judge_all() {
    for (std::uint32_t i = 0; i < snapshot_.routes.size(); ++i) {
      const policy::Route& route = snapshot_.routes[i];
      if (!route.enabled) continue;
      for (const policy::RoutePath& path : route.paths)
        for (const policy::RouteHost& host : route.hosts) {
          ways_.push_back({i, &host, &path});
          Resource& resource = resources_[key_of(host.text, path.pattern.segments)];
          if (resource.methods == 0) resource.way = ways_.size() - 1;
          resource.methods = static_cast<MethodMask>(resource.methods | policy::mask_of(route.methods));
        }
    }
    for (const Way& way : ways_) {
      variants(way);
      if (!subject_.teller.wants(kMethodGap)) continue;
      slash_gap(way);
      method_gap(way);
    }
  }

 private:
  struct Resource {
    MethodMask methods = 0;
    std::size_t way = 0;  ///< its first
  };

  const policy::Route& route_of(const Way& way) const { return snapshot_.routes[way.route]; }
  std::string request(std::string_view method, const Way& way, std::string_view path) const {
    return subject_.request(method, example_host(way.host->text), path);
  }

  void slash_gap(const Way& way) {
    const Segments segments = way.path->pattern.segments;
    const bool rest = segments.size() > 1 && segments.back().kind == Kind::Rest;
    if (!rest && !ends_with_slash(segments)) return;
    PathPattern shorter;
    shorter.segments.assign(segments.begin(), segments.end() - 1);
    const std::string raw = example_path(shorter);
    http::Path path;
    if (http::normalise(raw, path) != http::PathFlaw::None) return;
    policy::RouteMatch match;
    const http::RequestHead head;
    const std::string host = example_host(way.host->text);
    snapshot_.route_table.find(host, path, head, snapshot_.routes, match);
    if (match.kind != policy::RouteMatch::Kind::NoRoute) return;
    subject_.teller.tell(
        kTrailingSlashGap, way.path->at,
        fmt::format("the route {} takes {}/, but {} is answered 404: a trailing slash counts",
                    quoted(route_of(way).name), raw, request("GET", way, raw)),
        fmt::format("add {} to `path`, or answer it with a `redirect`", shorter.to_string()));
  }

  bool lets_in_alike(const policy::Route& a, const policy::Route& b) const {
    const auto needs = [](const policy::Route& route) {
      std::vector<std::uint32_t> out;
      for (const policy::Requirement& requirement : route.require) out.push_back(requirement.permission);
      std::ranges::sort(out);
      return out;
    };
    const auto networks = [&](const std::vector<policy::NetworkRule::Use>& uses) {
      std::vector<std::string> out;
      for (const policy::NetworkRule::Use& use : uses) {
        const policy::NetworkList& list = snapshot_.network_lists[use.list];
        if (!list.name.empty()) out.push_back(list.name);
        if (list.name.empty())
          for (const policy::AddressSet::Entry& entry : list.set.entries())
            out.push_back(entry.network.to_string());
      }
      std::ranges::sort(out);
      return out;
    };
    return a.acceptance.key == b.acceptance.key && a.acceptance.none == b.acceptance.none &&
           needs(a) == needs(b) && networks(a.networks.allow) == networks(b.networks.allow) &&
           networks(a.networks.deny) == networks(b.networks.deny);
  }

  /// Paths that are one to a careless reader, or to an upstream that is: each is compared with the first.
  void variants(const Way& way) {
    const Segments segments = way.path->pattern.segments;
    std::string folded(way.host->text);
    for (PathPattern::Segment segment :
         segments.first(segments.size() - (ends_with_slash(segments) ? 1 : 0))) {
      std::ranges::transform(segment.text, segment.text.begin(), ascii::lower);
      append(folded, segment);
    }
    std::vector<const Way*>& alike = folded_[folded];
    const std::string own = key_of(way.host->text, segments);
    bool known = false;
    for (const Way* other : alike) {
      if (key_of(other->host->text, other->path->pattern.segments) == own) {
        known = true;
      } else if (differ(way, *other)) {
        return;
      }
    }
    // One for each spelling and set of methods is enough, and a bound for whoever writes thousands.
    if ((!known || !route_of(way).methods.empty()) && alike.size() < 16) alike.push_back(&way);
  }

  bool differ(const Way& way, const Way& other) {
    const policy::Route& a = route_of(way);
    const policy::Route& b = route_of(other);
    if (a.name == b.name || (policy::mask_of(a.methods) & policy::mask_of(b.methods)) == 0 ||
        lets_in_alike(a, b))
      return false;
    subject_.teller.tell(
        kPathVariantDiffers, way.path->at,
        fmt::format(
            "{} takes {} and {} takes {} at {}: they differ in case or a trailing slash only, but let "
            "different callers in",
            quoted(a.name), quoted(way.path->pattern.to_string()), quoted(b.name),
            quoted(other.path->pattern.to_string()), subject_.place(other.path->at)),
        "give both the same `authenticate`, `require` and `networks`: what stands behind may take the two "
        "for one "
        "path");
    return true;
  }

  /// Other paths of the same host that the way's requests match too, from near to far.
  const Resource* broader(const Way& way, MethodMask beyond) const {
    const Segments segments = way.path->pattern.segments;
    std::string prefix(way.host->text);
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      std::string rest = prefix + "/{...}";
      if (segments[i].kind != Kind::Rest) keys.push_back(std::move(rest));
      if (segments[i].kind == Kind::Literal && !segments[i].text.empty()) {
        std::string any = prefix + "/{}";
        for (std::size_t j = i + 1; j < segments.size(); ++j) append(any, segments[j]);
        keys.push_back(std::move(any));
      }
      append(prefix, segments[i]);
    }
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
      const auto found = resources_.find(*key);
      if (found != resources_.end() && (found->second.methods & beyond) != 0) return &found->second;
    }
    return nullptr;
  }

  void method_gap(const Way& way) {
    constexpr Method kTold[] = {Method::Get, Method::Post, Method::Put, Method::Delete, Method::Patch};
    const MethodMask own = resources_.at(key_of(way.host->text, way.path->pattern.segments)).methods;
    MethodMask beyond = 0;
    for (const Method method : kTold) beyond = static_cast<MethodMask>(beyond | policy::bit(method));
    beyond = static_cast<MethodMask>(beyond & ~own);
    const Resource* other = beyond == 0 ? nullptr : broader(way, beyond);
    if (other == nullptr) return;
    const auto method = std::ranges::find_if(
        kTold, [&](Method each) { return (other->methods & beyond & policy::bit(each)) != 0; });
    const Way& around = ways_[other->way];
    subject_.teller.tell(
        kMethodGap, route_of(way).methods_at,
        fmt::format(
            "{} is answered 405, although {} at {} takes {}: the most specific path decides, then the method",
            request(http::name(*method), way, example_path(way.path->pattern)), quoted(route_of(around).name),
            subject_.place(around.path->at), quoted(around.path->pattern.to_string())),
        fmt::format("if {} is meant to work here, add it to `methods` or make a route for it",
                    http::name(*method)));
  }

  const Subject& subject_;
  const policy::Snapshot& snapshot_;
  std::vector<Way> ways_;
  std::unordered_map<std::string, Resource> resources_;
  std::unordered_map<std::string, std::vector<const Way*>> folded_;
};

}  // namespace

void audit_paths(const Subject& subject) {
  Paths(subject).judge_all();
}

}  // namespace reeve::config::audit
