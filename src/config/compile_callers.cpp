// SPDX-License-Identifier: Apache-2.0
// Who may call: roles, organisations, teams, callers and their keys; and which required permissions each set
// of roles grants.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/access_names.h"
#include "config/compile.h"
#include "config/grammar.h"
#include "config/suggest.h"
#include "config/values.h"

namespace reeve::config {

namespace {

using yaml::Node;

constexpr std::string_view kHashPrefix = "sha256:";

/// `sha256:` and 64 lower-case digits; a finding and nothing when it is none.
std::optional<std::array<std::uint8_t, 32>> hash_of(const Node& value, Context& context) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  const std::string_view text = value.text;
  std::array<std::uint8_t, 32> hash{};
  bool fine = text.starts_with(kHashPrefix) && text.size() == kHashPrefix.size() + 64;
  for (std::size_t i = 0; fine && i < 32; ++i) {
    const int high = digit(text[kHashPrefix.size() + 2 * i]);
    const int low = digit(text[kHashPrefix.size() + 2 * i + 1]);
    fine = high >= 0 && low >= 0;
    if (fine) hash[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  if (fine) return hash;
  // What stands there may be a key: it is not shown.
  context.findings.error(
      rule::kBadValue, value.at, "this is not the hash of a key",
      "write sha256: and 64 lower-case hexadecimal digits; `reeve key create CALLER --print` "
      "makes the line");
  return std::nullopt;
}

std::optional<WallTime> time_of(const Node& object, std::string_view key, Context& context) {
  const Node* node = get(object, key);
  if (node == nullptr) return std::nullopt;
  const auto time = parse_time(node->text);
  if (!time)
    context.findings.error(
        rule::kBadValue, node->at, fmt::format("{} is not a time", quoted(node->text)),
        "write a date such as 2027-01-31, or a time with its zone such as 2027-01-31T00:00:00Z");
  return time;
}

class CallersCompiler {
 public:
  CallersCompiler(const AccessNames& names, Context& context, policy::Snapshot& snapshot)
      : names_(names), context_(context), snapshot_(snapshot) {}

  void compile(const Node& callers) {
    snapshot_.callers.reserve(callers.items.size());
    for (const Node& item : callers.items)
      if (!item.bad) caller(item);
    snapshot_.caller_roles.shrink_to_fit();
  }

 private:
  void caller(const Node& node) {
    const Node* name = get(node, "name");
    if (name == nullptr || !check_name(name->text, name->at, "a caller", context_)) return;
    const auto index = static_cast<std::uint32_t>(snapshot_.callers.size());
    if (const auto [first, fresh] = by_name_.emplace(name->text, index); !fresh) {
      context_.findings.error(rule::kDuplicateName, name->at,
                              fmt::format("the caller {} is given twice: here and at {}", quoted(name->text),
                                          context_.place(snapshot_.callers[first->second].at)),
                              "give one of the two another name, or join them");
      return;
    }
    policy::Caller caller;
    caller.name = name->text;
    caller.at = node.first_key();
    if (const Node* team = get(node, "team"))
      caller.team = look_up(names_.teams, *team, "a team", context_).value_or(policy::kNone);
    std::vector<policy::RoleUse> roles;
    if (const Node* list = get(node, "roles")) roles = compile_role_uses(*list, names_, context_);
    caller.roles_begin = static_cast<std::uint32_t>(snapshot_.caller_roles.size());
    caller.roles_count = static_cast<std::uint32_t>(roles.size());
    snapshot_.caller_roles.insert(snapshot_.caller_roles.end(), roles.begin(), roles.end());
    caller.grant = grant(roles, caller.team);
    caller.extra = extra(node);
    snapshot_.callers.push_back(std::move(caller));
    if (const Node* keys = get(node, "keys"))
      for (const Node& key : keys->items)
        if (!key.bad) this->key(key, index);
  }

  std::uint32_t extra(const Node& node) {
    policy::CallerExtra extra;
    if (const Node* networks = get(node, "networks"))
      extra.networks = compile_network_rule(*networks, names_, context_, snapshot_);
    if (const Node* limits = get(node, "limits"))
      extra.limits = compile_limit_uses(*limits, names_, context_);
    if (extra.networks.empty() && extra.limits.empty()) return policy::kNone;
    snapshot_.caller_extras.push_back(std::move(extra));
    return static_cast<std::uint32_t>(snapshot_.caller_extras.size() - 1);
  }

  /// One row of bits for each distinct set of roles.
  std::uint32_t grant(const std::vector<policy::RoleUse>& own, std::uint32_t team) {
    std::vector<std::uint32_t> roles;
    for (const policy::RoleUse& use : own) roles.push_back(use.role);
    if (team != policy::kNone)
      for (const policy::RoleUse& use : snapshot_.teams[team].roles) roles.push_back(use.role);
    std::ranges::sort(roles);
    roles.erase(std::ranges::unique(roles).begin(), roles.end());
    const auto [row, fresh] = rows_.emplace(std::move(roles), 0);
    if (!fresh) return row->second;
    row->second = snapshot_.grants.add();
    for (const std::uint32_t role : row->first)
      for (const policy::Role::Permission& granted : snapshot_.roles[role].permissions)
        for (std::uint32_t i = 0; i < snapshot_.permissions.size(); ++i)
          if (policy::holds(granted.text, snapshot_.permissions[i])) snapshot_.grants.grant(row->second, i);
    return row->second;
  }

  bool check_id(const Node& id, bool foreign) {
    const bool own = id.text.size() == 8 && std::ranges::all_of(id.text, [](char c) {
                       return ascii::is_alpha(c) || ascii::is_digit(c);
                     });
    if (foreign ? is_name(id.text) : own) return true;
    context_.findings.error(
        // What stands there may be a key: it is not shown.
        rule::kBadValue, id.at, "this cannot be the id of a key",
        foreign
            ? "begin with a letter or digit, go on with letters, digits and . _ : @ / -, at most 128 in all"
            : "write the 8 letters and digits behind rv_live_ or rv_test_ of the key, or make a new line by "
              "`reeve key create CALLER --print`");
    return false;
  }

  void key(const Node& node, std::uint32_t caller) {
    const Node* id = get(node, "id");
    const yaml::Entry* hash = node.find_entry("hash");
    const yaml::Entry* foreign = node.find_entry("foreign");
    if (hash != nullptr && foreign != nullptr)
      context_.findings.error(rule::kBadValue, foreign->key_at, "a key has either `hash` or `foreign`",
                              "remove `foreign` for a key of Reeve's own, `hash` for an imported one");
    if (hash == nullptr && foreign == nullptr)
      context_.findings.error(
          rule::kMissingKey, node.first_key(), "the key's hash is missing",
          "add `hash: \"sha256:…\"` as `reeve key create CALLER --print` prints it, or `foreign`");
    const Node* value = hash != nullptr ? &hash->value : foreign != nullptr ? &foreign->value : nullptr;
    if (value == nullptr || value->bad || id == nullptr) return;
    policy::Key key{};
    key.foreign = hash == nullptr;
    const bool good_id = check_id(*id, key.foreign);
    const auto bytes = hash_of(*value, context_);
    std::optional<policy::KeyDates> dates = this->dates(node);
    if (!good_id || !bytes) return;
    key.hash = *bytes;
    key.caller = caller;
    key.at = id->at;
    if (const Node* env = get(node, "env"); env != nullptr && key.foreign && env->text == "test")
      context_.findings.error(rule::kBadValue, env->at, "foreign keys work in both environments",
                              "remove `env`");
    if (const auto env = text(node, "env"))
      key.environment = *env == "test" ? policy::KeyEnvironment::Test : policy::KeyEnvironment::Live;
    if (snapshot_.keys.add(id->text, key, dates)) return;
    const std::uint32_t other = snapshot_.keys.named(id->text);
    const bool same_id = other != policy::kNone;
    const SourcePos first = snapshot_.keys[same_id ? other : snapshot_.keys.find_foreign(key.hash)].at;
    context_.findings.error(
        rule::kDuplicateName, same_id ? id->at : value->at,
        fmt::format("{} is given twice: here and at {}",
                    same_id ? "the key id " + quoted(id->text) : "this hash", context_.place(first)),
        "remove one of the two");
  }

  std::optional<policy::KeyDates> dates(const Node& node) {
    policy::KeyDates dates;
    dates.not_before = time_of(node, "not_before", context_);
    dates.expires = time_of(node, "expires", context_);
    if (const Node* at = get(node, "not_before")) dates.not_before_at = at->at;
    if (const Node* at = get(node, "expires")) dates.expires_at = at->at;
    if (dates.not_before && dates.expires && *dates.not_before >= *dates.expires)
      context_.findings.error(rule::kBadValue, dates.expires_at, "the key expires before it is valid",
                              "write a later time than that of `not_before`");
    if (const Node* revoked = get(node, "revoked")) {
      dates.revoked_pos = revoked->at;
      if (revoked->text == "true") {
        dates.revoked = true;
      } else if (revoked->text != "false") {
        dates.revoked_at = time_of(node, "revoked", context_);
      }
    }
    if (!dates.not_before && !dates.expires && !dates.revoked && !dates.revoked_at) return std::nullopt;
    return dates;
  }

  const AccessNames& names_;
  Context& context_;
  policy::Snapshot& snapshot_;
  Index by_name_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> rows_;
};

void compile_team(const yaml::Entry& entry, AccessNames& names, Context& context,
                  policy::Snapshot& snapshot) {
  policy::Team team;
  team.name = entry.key;
  team.at = entry.key_at;
  if (const Node* organisation = get(entry.value, "organisation"))
    team.organisation =
        look_up(names.organisations, *organisation, "an organisation", context).value_or(policy::kNone);
  if (const Node* roles = get(entry.value, "roles")) team.roles = compile_role_uses(*roles, names, context);
  if (const Node* limits = get(entry.value, "limits"))
    team.limits = compile_limit_uses(*limits, names, context);
  names.teams.emplace(entry.key, static_cast<std::uint32_t>(snapshot.teams.size()));
  snapshot.teams.push_back(std::move(team));
}

/// A permission that no role grants shuts its route for everybody: most likely a slip.
void warn_of_ungranted(Context& context, const policy::Snapshot& snapshot) {
  std::vector<bool> granted(snapshot.permissions.size());
  std::vector<std::string_view> known;
  for (const policy::Role& role : snapshot.roles)
    for (const policy::Role::Permission& permission : role.permissions) {
      known.push_back(permission.text);
      for (std::size_t i = 0; i < granted.size(); ++i)
        granted[i] = granted[i] || policy::holds(permission.text, snapshot.permissions[i]);
    }
  for (const policy::Route& route : snapshot.routes)
    for (const policy::Requirement& requirement : route.require) {
      if (granted[requirement.permission]) continue;
      const std::string& name = snapshot.permissions[requirement.permission];
      context.findings.warning(
          rule::kUnknownName, requirement.at,
          fmt::format("no role grants the permission {}{}", quoted(name),
                      context.may_compare(known.size()) ? did_you_mean(name, known) : ""),
          "correct the name, or give it to a role");
    }
}

}  // namespace

std::vector<policy::RoleUse> compile_role_uses(const Node& list, const AccessNames& names, Context& context) {
  std::vector<policy::RoleUse> uses;
  for (const Node& item : list.items)
    if (!item.bad)
      if (const auto role = look_up(names.roles, item, "a role", context)) uses.push_back({*role, item.at});
  return uses;
}

void compile_teams(const Node& root, AccessNames& names, Context& context, policy::Snapshot& snapshot) {
  if (const Node* roles = get(root, "roles"))
    for (const yaml::Entry& entry : roles->entries) {
      if (entry.value.bad || !check_name(entry.key, entry.key_at, "a role", context)) continue;
      policy::Role role{.name = entry.key, .at = entry.key_at, .permissions = {}};
      for (const Node& item : entry.value.items)
        if (!item.bad && check_permission(item, true, context))
          role.permissions.push_back({item.text, item.at});
      names.roles.emplace(entry.key, static_cast<std::uint32_t>(snapshot.roles.size()));
      snapshot.roles.push_back(std::move(role));
    }
  if (const Node* organisations = get(root, "organisations"))
    for (const yaml::Entry& entry : organisations->entries) {
      if (entry.value.bad || !check_name(entry.key, entry.key_at, "an organisation", context)) continue;
      names.organisations.emplace(entry.key, static_cast<std::uint32_t>(snapshot.organisations.size()));
      snapshot.organisations.push_back({entry.key, entry.key_at});
    }
  if (const Node* teams = get(root, "teams"))
    for (const yaml::Entry& entry : teams->entries)
      if (!entry.value.bad && check_name(entry.key, entry.key_at, "a team", context))
        compile_team(entry, names, context, snapshot);
}

bool check_permission(const Node& item, bool granted, Context& context) {
  std::string_view text = item.text;
  if (text.ends_with('*')) {
    if (!granted) {
      context.findings.error(rule::kBadValue, item.at, "a requirement names one permission, not a wildcard",
                             "name the permission that the route needs");
      return false;
    }
    text.remove_suffix(1);
    if (text.empty()) return true;
  }
  if (is_name(text)) return true;
  context.findings.error(rule::kBadValue, item.at, fmt::format("{} is not a permission", quoted(item.text)),
                         "write a name such as posts:read; a granted one may end in *");
  return false;
}

void compile_callers(const Node& root, const AccessNames& names, Context& context,
                     policy::Snapshot& snapshot) {
  snapshot.grants = policy::GrantTable(snapshot.permissions.size());
  if (const Node* callers = get(root, "callers")) CallersCompiler(names, context, snapshot).compile(*callers);
  snapshot.callers_by_name.resize(snapshot.callers.size());
  for (std::uint32_t i = 0; i < snapshot.callers.size(); ++i) snapshot.callers_by_name[i] = i;
  std::ranges::sort(snapshot.callers_by_name, {},
                    [&](std::uint32_t i) -> std::string_view { return snapshot.callers[i].name; });
  warn_of_ungranted(context, snapshot);
  const Node* teams = get(root, "teams");
  if (teams == nullptr) return;
  Index known;
  for (std::uint32_t i = 0; i < snapshot.callers.size(); ++i) known.emplace(snapshot.callers[i].name, i);
  for (const yaml::Entry& entry : teams->entries) {
    const auto team = names.teams.find(entry.key);
    const Node* admins = entry.value.bad || team == names.teams.end() ? nullptr : get(entry.value, "admins");
    if (admins == nullptr) continue;
    for (const Node& item : admins->items)
      if (!item.bad)
        if (const auto caller = look_up(known, item, "a caller", context))
          snapshot.teams[team->second].admins.push_back(*caller);
  }
}

}  // namespace reeve::config
