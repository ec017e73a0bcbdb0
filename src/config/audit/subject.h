// SPDX-License-Identifier: Apache-2.0
// What every rule of the audit is given: the Snapshot, the tree it came from (for places that a Snapshot does
// not keep), the time, and where to tell. Inside config/audit only; lives as long as one audit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/audit/keys.h"
#include "config/audit/teller.h"
#include "config/context.h"
#include "config/yaml/node.h"
#include "policy/snapshot.h"

namespace reeve::config::audit {

struct Subject {
  const policy::Snapshot& snapshot;
  const yaml::Node& root;
  const Context& context;
  WallTime now;
  Teller& teller;
  std::vector<CallerKeys> keys;  ///< by caller
  bool any_usable_key = false;

  /// A route's own value or that of `defaults`; null when it is written nowhere.
  const yaml::Node* setting(std::size_t route, std::string_view key) const;
  /// The value of that key of `root.section`, null when it is not written.
  const yaml::Node* value(std::string_view section, std::string_view key) const;
  std::string place(SourcePos at) const { return context.place(at); }
  /// Whether somebody who is to be judged by keys counts: those with a usable key, or, where nobody has one
  /// (they are still to be made), everybody.
  bool counts(std::size_t caller) const { return !any_usable_key || keys[caller].usable > 0; }

  /// A request that the route takes, such as `POST http://api.example.com/posts/x`.
  std::string request(const policy::Route& route) const;
  std::string request(std::string_view method, std::string_view host, std::string_view path) const;
};

/// A path that the pattern matches, with `x` for what may be anything.
std::string example_path(const policy::PathPattern& pattern);
/// A host that the pattern matches.
std::string example_host(std::string_view pattern);

// One function a subject matter, in the file of that name.
void audit_callers(const Subject& subject);
void audit_reach(const Subject& subject);
void audit_networks(const Subject& subject);
void audit_proxies(const Subject& subject);
void audit_hours(const Subject& subject);
void audit_limits(const Subject& subject);
void audit_routes(const Subject& subject);
void audit_paths(const Subject& subject);
void audit_transport(const Subject& subject);
void audit_unused(const Subject& subject);

}  // namespace reeve::config::audit
