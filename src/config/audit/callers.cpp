// SPDX-License-Identifier: Apache-2.0
// The rules on who may call: keys that do not work any more or soon will not, permissions that routes require
// and nobody holds, permissions that are granted and open nothing.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "config/audit/subject.h"

namespace reeve::config::audit {

namespace {

using policy::kNone;

constexpr Duration kSoon = std::chrono::hours(24 * 30);

std::string key_create(const policy::Caller& caller) {
  return fmt::format("make a key by `reeve key create {} --print` and add its line to `keys`", caller.name);
}

void without_usable_key(const Subject& subject, const policy::Caller& caller, const CallerKeys& keys) {
  if (keys.expired > 0) {
    subject.teller.tell(kCallerLockedOut, caller.at,
                        fmt::format("every key of the caller {} that is not revoked has expired: all its "
                                    "requests are answered 401 `credential-expired`",
                                    quoted(caller.name)),
                        key_create(caller) + ", or remove the caller");
    return;
  }
  if (!subject.any_usable_key) return;  // told once, for all
  const std::string_view why = keys.elsewhere > 0 ? "its keys are of the other environment"
                               : keys.revoked > 0 ? "its keys are revoked"
                                                  : "it has none";
  subject.teller.tell(
      kCallerWithoutKey, caller.at,
      fmt::format("the caller {} has no key that is valid here: {}", quoted(caller.name), why),
      key_create(caller) + ", or remove the caller");
}

void expiry(const Subject& subject) {
  const policy::Snapshot& snapshot = subject.snapshot;
  for (std::size_t i = 0; i < snapshot.callers.size(); ++i) {
    const policy::Caller& caller = snapshot.callers[i];
    const CallerKeys& keys = subject.keys[i];
    if (keys.usable == 0) {
      without_usable_key(subject, caller, keys);
      continue;
    }
    if (keys.until_revoked || keys.until == WallTime::max() || keys.until - subject.now > kSoon) continue;
    subject.teller.tell(
        kKeyExpiring, snapshot.keys.dates(snapshot.keys[keys.last])->expires_at,
        fmt::format("the key {} is the last one of the caller {} at {}, and it expires at {}: from then on "
                    "its requests are answered 401 `credential-expired`",
                    quoted(snapshot.keys.id(keys.last)), quoted(caller.name), subject.place(caller.at),
                    to_rfc3339_seconds(keys.until)),
        key_create(caller) + " beside this one, or write a later time");
  }
}

void spent_keys(const Subject& subject) {
  const policy::Snapshot& snapshot = subject.snapshot;
  if (!subject.teller.wants(kKeyExpired)) return;
  for (std::uint32_t i = 0; i < snapshot.keys.size(); ++i) {
    const policy::Key& key = snapshot.keys[i];
    if (subject.keys[key.caller].expired == 0 || subject.keys[key.caller].usable == 0 ||
        state_of(snapshot, key, subject.now) != KeyState::Expired)
      continue;
    const policy::KeyDates& dates = *snapshot.keys.dates(key);
    subject.teller.tell(kKeyExpired, dates.expires_at,
                        fmt::format("the key {} of the caller {} has expired at {}; another one works",
                                    quoted(snapshot.keys.id(i)), quoted(snapshot.callers[key.caller].name),
                                    to_rfc3339_seconds(*dates.expires)),
                        "remove it when nobody uses it any more; until then its holder is told that it "
                        "has expired");
  }
}

void nobody(const Subject& subject) {
  if (subject.any_usable_key) return;
  for (const policy::Route& route : subject.snapshot.routes)
    if (route.enabled && route.acceptance.key && !route.acceptance.none) {
      subject.teller.tell(kNobodyHasAKey, route.acceptance.at,
                          fmt::format("the route {} needs a key, and no caller in this file has one that is "
                                      "valid: {} is answered 401 whoever asks",
                                      quoted(route.name), subject.request(route)),
                          "make one by `reeve key create CALLER --print` and add its line to the caller's "
                          "`keys`");
      return;
    }
}

/// Required permissions in order, so that what `a:*` grants is one stretch of them.
class Permissions {
 public:
  explicit Permissions(const std::vector<std::string>& required)
      : required_(required), order_(required.size()) {
    std::iota(order_.begin(), order_.end(), 0u);
    std::ranges::sort(order_, {}, [&](std::uint32_t i) -> std::string_view { return required_[i]; });
  }

  /// Places in the order: [first, second).
  std::pair<std::size_t, std::size_t> granted_by(std::string_view text) const {
    const bool all = text.ends_with('*');
    if (all) text.remove_suffix(1);
    const auto head = [&](std::uint32_t i) {
      const std::string_view name = required_[i];
      return all ? name.substr(0, text.size()) : name;
    };
    const auto found = std::ranges::equal_range(order_, text, {}, head);
    return {static_cast<std::size_t>(found.begin() - order_.begin()),
            static_cast<std::size_t>(found.end() - order_.begin())};
  }
  std::size_t size() const { return order_.size(); }
  std::uint32_t operator[](std::size_t place) const { return order_[place]; }

 private:
  const std::vector<std::string>& required_;
  std::vector<std::uint32_t> order_;
};

/// Which permissions the marked roles grant, by index in Snapshot::permissions.
std::vector<bool> granted(const policy::Snapshot& snapshot, const Permissions& permissions,
                          const std::vector<bool>& of_role) {
  std::vector<std::int32_t> steps(permissions.size() + 1);
  for (std::size_t role = 0; role < snapshot.roles.size(); ++role) {
    if (!of_role[role]) continue;
    for (const policy::Role::Permission& permission : snapshot.roles[role].permissions) {
      const auto [first, last] = permissions.granted_by(permission.text);
      ++steps[first];
      --steps[last];
    }
  }
  std::vector<bool> out(permissions.size());
  std::int32_t depth = 0;
  for (std::size_t i = 0; i < permissions.size(); ++i) {
    depth += steps[i];
    out[permissions[i]] = depth > 0;
  }
  return out;
}

/// Roles that some caller who counts has, by itself or by its team.
std::vector<bool> roles_held(const Subject& subject) {
  const policy::Snapshot& snapshot = subject.snapshot;
  std::vector<bool> held(snapshot.roles.size());
  std::vector<bool> teams(snapshot.teams.size());
  for (std::size_t i = 0; i < snapshot.callers.size(); ++i) {
    const policy::Caller& caller = snapshot.callers[i];
    if (!subject.counts(i)) continue;
    if (caller.team != kNone) teams[caller.team] = true;
    for (std::uint32_t use = 0; use < caller.roles_count; ++use)
      held[snapshot.caller_roles[caller.roles_begin + use].role] = true;
  }
  for (std::size_t team = 0; team < teams.size(); ++team)
    if (teams[team])
      for (const policy::RoleUse& use : snapshot.teams[team].roles) held[use.role] = true;
  return held;
}

const policy::Role* granting(const policy::Snapshot& snapshot, std::string_view permission) {
  for (const policy::Role& role : snapshot.roles)
    for (const policy::Role::Permission& granted : role.permissions)
      if (policy::holds(granted.text, permission)) return &role;
  return nullptr;
}

void permissions(const Subject& subject) {
  const policy::Snapshot& snapshot = subject.snapshot;
  const Permissions permissions(snapshot.permissions);
  const auto anyhow = granted(snapshot, permissions, std::vector<bool>(snapshot.roles.size(), true));
  const auto held = granted(snapshot, permissions, roles_held(subject));
  std::vector<bool> told(permissions.size());
  for (const policy::Route& route : snapshot.routes)
    for (const policy::Requirement& requirement : route.require) {
      // One that no role grants at all is the loader's finding.
      if (!route.enabled || held[requirement.permission] || !anyhow[requirement.permission] ||
          told[requirement.permission])
        continue;
      told[requirement.permission] = true;
      const std::string& name = snapshot.permissions[requirement.permission];
      const policy::Role* role = granting(snapshot, name);
      if (role == nullptr) continue;
      subject.teller.tell(
          kPermissionNobodyHolds, requirement.at,
          fmt::format("no caller with a usable key holds the permission {}: {} is answered 403 whoever asks. "
                      "The role {} at {} grants it",
                      quoted(name), subject.request(route), quoted(role->name), subject.place(role->at)),
          fmt::format("give the role {} to a caller or its team, or do not require the permission",
                      role->name));
    }
  if (!subject.teller.wants(kGrantOpensNothing)) return;
  for (const policy::Role& role : snapshot.roles)
    for (const policy::Role::Permission& permission : role.permissions) {
      const auto [first, last] = permissions.granted_by(permission.text);
      if (first != last || permission.text == "*") continue;
      subject.teller.tell(kGrantOpensNothing, permission.at,
                          fmt::format("the role {} grants {}, which no route requires", quoted(role.name),
                                      quoted(permission.text)),
                          "correct the name, add it to the `require` of a route, or remove it");
    }
}

}  // namespace

void audit_callers(const Subject& subject) {
  expiry(subject);
  spent_keys(subject);
  nobody(subject);
  permissions(subject);
}

}  // namespace reeve::config::audit
