// SPDX-License-Identifier: Apache-2.0
#include "explain/path_walk.h"

#include <algorithm>
#include <map>
#include <set>

namespace reeve::explain {

namespace {

using policy::PathPattern;
using Kind = PathPattern::Kind;
using Patterns = std::vector<const WalkedPattern*>;

class Walk {
 public:
  Walk(bool own_only, const std::function<void(const WalkedPath&)>& each)
      : own_only_(own_only), each_(each) {}

  /// `open`: patterns that have matched all `depth` segments so far and may want more; `rest`: those whose
  /// `{x...}` has begun, which match whatever follows.
  void from(const Patterns& open, const Patterns& rest, std::size_t depth, const std::string& sample,
            const std::string& shown) {
    std::map<std::string_view, Patterns> literals;
    std::set<std::string_view> endings;
    Patterns parameters;
    Patterns with_ending;
    Patterns resting = rest;
    for (const WalkedPattern* one : open) {
      if (one->pattern->segments.size() == depth) continue;
      const PathPattern::Segment& segment = one->pattern->segments[depth];
      switch (segment.kind) {
        case Kind::Literal:
          literals[segment.text].push_back(one);
          break;
        case Kind::Parameter:
          parameters.push_back(one);
          break;
        case Kind::ParameterWithSuffix:
          endings.insert(segment.text);
          with_ending.push_back(one);
          break;
        case Kind::Rest:
          resting.push_back(one);
          break;
      }
    }
    // A trailing slash: an empty segment, which is the last one.
    Patterns closed = resting;
    if (const auto empty = literals.find(""); empty != literals.end()) {
      for (const WalkedPattern* one : empty->second)
        if (one->pattern->segments.size() == depth + 1) closed.push_back(one);
      literals.erase(empty);
    }
    tell(closed, sample + "/", shown + "/");

    const auto step = [&](const Patterns* named, const std::string& segment, const std::string& as) {
      Patterns next = parameters;
      if (named != nullptr) next.insert(next.end(), named->begin(), named->end());
      for (const WalkedPattern* one : with_ending) {
        const std::string& ending = one->pattern->segments[depth].text;
        if (segment.size() > ending.size() && segment.ends_with(ending)) next.push_back(one);
      }
      enter(next, resting, depth + 1, sample + "/" + segment, shown + "/" + as);
    };
    for (const auto& [text, named] : literals) step(&named, std::string(text), std::string(text));
    std::string other = "any";
    while (literals.contains(other)) other += 'x';
    for (const std::string_view ending : endings) {
      // Of two endings one of which ends with the other, the longer has its own turn.
      if (literals.contains(other + std::string(ending))) other += 'x';
      step(nullptr, other + std::string(ending), "{}" + std::string(ending));
    }
    step(nullptr, other, "{}");
  }

 private:
  void enter(const Patterns& open, const Patterns& rest, std::size_t depth, const std::string& sample,
             const std::string& shown) {
    if (!wanted(open, rest)) return;
    Patterns ended = rest;
    bool more = false;
    for (const WalkedPattern* one : open) {
      if (one->pattern->segments.size() == depth) ended.push_back(one);
      more = more || one->pattern->segments.size() > depth;
    }
    tell(ended, sample, shown);
    if (more) {
      from(open, rest, depth, sample, shown);
    } else if (!rest.empty() && ended.size() > rest.size()) {
      tell(rest, sample + "/any", shown + "/{...}");
    }
  }

  /// Some pattern is still in the running, and one of the host's own if only these matter.
  bool wanted(const Patterns& open, const Patterns& rest) const {
    if (open.empty() && rest.empty()) return false;
    const auto own = [](const WalkedPattern* one) { return one->own; };
    return !own_only_ || std::ranges::any_of(open, own) || std::ranges::any_of(rest, own);
  }

  void tell(const Patterns& matched, const std::string& sample, const std::string& shown) const {
    if (matched.empty() || !wanted({}, matched)) return;
    each_({.matched = matched, .sample = sample, .shown = shown});
  }

  bool own_only_;
  const std::function<void(const WalkedPath&)>& each_;
};

}  // namespace

void walk_paths(std::span<const WalkedPattern> patterns, bool own_only,
                const std::function<void(const WalkedPath&)>& each) {
  Patterns all;
  for (const WalkedPattern& one : patterns) all.push_back(&one);
  Walk(own_only, each).from(all, {}, 0, "", "");
}

}  // namespace reeve::explain
