// SPDX-License-Identifier: Apache-2.0
// The paths are walked as one automaton of all patterns of a host: at each segment the literals, the
// `:literal` endings and "anything else" are the only differences that a pattern can see.
#include "explain/request_space.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/ascii.h"
#include "explain/path_walk.h"
#include "policy/hypothetical.h"

namespace reeve::explain {

namespace {

using policy::Condition;
using policy::Snapshot;

/// What a request carries so that conditions hold.
struct Carried {
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::pair<std::string, std::string>> query;
  auto operator<=>(const Carried&) const = default;
};

constexpr std::string_view kPresent = "reeve-any";

void add(const std::vector<Condition>& wanted, std::vector<std::pair<std::string, std::string>>& out) {
  for (const Condition& one : wanted) {
    const bool there = std::ranges::any_of(out, [&](const auto& field) {
      return field.first == one.name && (one.present_only || field.second == one.value);
    });
    if (!there) out.emplace_back(one.name, one.present_only ? std::string(kPresent) : one.value);
  }
  std::ranges::sort(out);
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out.append("%").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    }
  }
  return out;
}

std::string text_of(const Carried& carried) {
  std::string text;
  const auto add = [&](std::string_view kind, std::string_view name, std::string_view between,
                       std::string_view value) {
    if (!text.empty()) text += ", ";
    text.append(kind).append(name);
    if (value != kPresent) text.append(between).append(value);
  };
  for (const auto& [name, value] : carried.headers) add("header ", name, ": ", value);
  for (const auto& [name, value] : carried.query) add("query ", name, "=", value);
  return text;
}

class Space {
 public:
  Space(const Snapshot& before, const Snapshot& after) : before_(before), after_(after) {
    collect(before, true);
    collect(after, false);
  }

  std::vector<RequestPart> parts() {
    for (const auto& [host, own] : by_host_) one_host(host);
    std::vector<RequestPart> out;
    for (auto& [key, part] : parts_) out.push_back(std::move(part));
    return out;
  }

 private:
  using Key = std::tuple<Routed, Routed, std::string>;

  void collect(const Snapshot& snapshot, bool first) {
    for (const policy::Route& route : snapshot.routes) {
      if (!route.enabled) continue;
      for (const policy::RouteHost& host : route.hosts)
        for (const policy::RoutePath& path : route.paths)
          by_host_[host.text].push_back({&path.pattern, &route, first, !host.text.empty()});
    }
    by_host_[""];  // whatever no route names
    suffixes_.clear();
    for (const auto& [host, own] : by_host_)
      if (host.starts_with("*.")) suffixes_.push_back(host);
  }

  /// The patterns that a request for such a host can meet: its own level, wider suffixes, hostless ones.
  void one_host(const std::string& host) {
    std::vector<WalkedPattern> patterns = by_host_[host];
    const auto add_level = [&](const std::string& level) {
      const std::vector<WalkedPattern>& more = by_host_[level];
      patterns.insert(patterns.end(), more.begin(), more.end());
    };
    const std::string_view name = host.starts_with("*.") ? std::string_view(host).substr(1) : host;
    for (const std::string& suffix : suffixes_)
      if (name.size() > suffix.size() - 1 && name.ends_with(std::string_view(suffix).substr(1)))
        add_level(suffix);
    if (!host.empty()) add_level("");
    const std::string sample = sample_of(host);
    walk_paths(patterns, !host.empty(), [&](const WalkedPath& path) { one_path(host, sample, path); });
  }

  /// A host that is matched by this one and by none that is more specific.
  std::string sample_of(const std::string& host) const {
    if (!host.empty() && !host.starts_with("*.")) return host;
    const std::string behind = host.empty() ? ".invalid" : host.substr(1);
    const auto narrower = [&](const std::string& one) { return host.empty() || one.size() > host.size(); };
    for (unsigned i = 0;; ++i) {
      std::string sample = "any" + (i == 0 ? std::string() : std::to_string(i)) + behind;
      const bool taken =
          by_host_.contains(sample) || std::ranges::any_of(suffixes_, [&](const std::string& one) {
            return narrower(one) && sample.ends_with(std::string_view(one).substr(1));
          });
      if (!taken) return sample;
    }
  }

  void one_path(const std::string& host, const std::string& sample_host, const WalkedPath& path) {
    std::set<std::string> methods;
    bool every = false;
    std::set<Carried> carried{Carried{}};
    for (const WalkedPattern* a : path.matched) {
      methods.insert(a->route->methods.begin(), a->route->methods.end());
      every = every || a->route->methods.empty();
      for (const WalkedPattern* b : path.matched) {
        Carried both;
        add(a->route->headers, both.headers);
        add(a->route->query, both.query);
        add(b->route->headers, both.headers);
        add(b->route->query, both.query);
        carried.insert(std::move(both));
      }
    }
    for (const Carried& one : carried) {
      for (const std::string& method : methods) one_request(host, sample_host, path, method, method, one);
      if (every) one_request(host, sample_host, path, unnamed(methods), "any", one);
    }
  }

  static std::string unnamed(const std::set<std::string>& methods) {
    for (const char* usual : {"GET", "POST", "PUT", "DELETE", "PATCH"})
      if (!methods.contains(usual)) return usual;
    return "OTHER";
  }

  void one_request(const std::string& host, const std::string& sample_host, const WalkedPath& path,
                   const std::string& method, const std::string& shown, const Carried& carried) {
    SampleRequest sample{
        .method = method, .url = "http://" + sample_host + path.sample, .headers = carried.headers};
    char mark = '?';
    for (const auto& [name, value] : carried.query) {
      sample.url.append(1, std::exchange(mark, '&')).append(percent_encoded(name)).append("=");
      sample.url.append(percent_encoded(value));
    }
    const Routed before = routed(before_, sample);
    const Routed after = routed(after_, sample);
    if (!before.found() && !after.found()) return;
    const auto [at, fresh] = parts_.try_emplace(Key{before, after, shown});
    RequestPart& part = at->second;
    if (fresh) part = {before, after, shown, std::move(sample), {}, {}, {}};
    part.hosts.insert(host);
    part.paths.insert(path.shown);
    part.when.insert(text_of(carried));
  }

  static Routed routed(const Snapshot& snapshot, const SampleRequest& sample) {
    policy::Hypothetical request(snapshot);
    if (!request.prepare({.method = sample.method, .url = sample.url, .headers = sample.headers})) return {};
    const policy::Facts& facts = request.facts();
    if (!facts.routed) return {};
    const bool found = facts.match == policy::RouteMatch::Kind::Found;
    return {facts.match, found ? facts.route : policy::kNone};
  }

  const Snapshot& before_;
  const Snapshot& after_;
  std::map<std::string, std::vector<WalkedPattern>> by_host_;
  std::vector<std::string> suffixes_;  // of by_host_: `*.…`
  std::map<Key, RequestPart> parts_;
};

}  // namespace

std::vector<RequestPart> request_parts(const Snapshot& before, const Snapshot& after) {
  return Space(before, after).parts();
}

}  // namespace reeve::explain
