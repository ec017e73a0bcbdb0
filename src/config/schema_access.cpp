// SPDX-License-Identifier: Apache-2.0
// The part of the table of keys that says who may call: networks, roles, teams, limits, hours, callers with
// their keys, and the policy's own tests (contract, 2). What schema_shapes.h declares has other users.
// table: of keys
#include "config/schema_shapes.h"

namespace reeve::config {

constexpr Shape kNetworkEntry = text("an address or a CIDR such as 10.0.0.0/8");
constexpr Shape kNetworkEntries = list_of(kNetworkEntry);
constexpr Shape kNetworks = table_of(kNetworkEntries);
constexpr Shape kRuleEntry = text("the name of a network, an address or a CIDR");
constexpr Shape kRuleEntries = list_of(kRuleEntry);
constexpr Key kNetworkRuleKeys[] = {
    {"allow", &kRuleEntries, "who is let in", "everybody"},
    {"deny", &kRuleEntries, "who is kept out; beats allow", "nobody"},
};
constexpr Shape kNetworkRule = object(kNetworkRuleKeys);
constexpr Shape kPermission = text("a permission such as posts:read");
constexpr Shape kPermissions = list_of(kPermission);
constexpr Shape kRoles = table_of(kPermissions);
constexpr Shape kOrganisation = object({});
constexpr Shape kOrganisations = table_of(kOrganisation);
constexpr Shape kRoleName = text("the name of a role");
constexpr Shape kRoleNames = list_of(kRoleName);
constexpr Shape kLimitName = text("the name of a limit");
constexpr Shape kLimitNames = list_of(kLimitName);
constexpr Shape kCallerName = text("the name of a caller");
constexpr Shape kCallerNames = list_of(kCallerName);
constexpr Shape kName = text("a name");
constexpr Key kTeamKeys[] = {
    {"organisation", &kName, "that it belongs to", "none"},
    {"roles", &kRoleNames, "that each of its callers has"},
    {"limits", &kLimitNames, "that apply to its callers"},
    {"admins", &kCallerNames, "callers that may see the team's decisions"},
};
constexpr Shape kTeam = object(kTeamKeys);
constexpr Shape kTeams = table_of(kTeam);

constexpr Shape kRate = text("how many in which time, such as 100/1m");
constexpr Shape kQuota = text("how many in a calendar period, such as 100000/month");
constexpr Shape kMany = integer(1, 1'000'000'000);
constexpr Shape kPer = text("caller, key, team, organisation, ip, route or header:<name>");
constexpr Shape kPers = list_of(kPer, false, &kPer);
constexpr Shape kZone = text("a time zone such as Europe/Berlin");
constexpr Word kRefusedWord[] = {"refused"};
constexpr Shape kOnRefused = one_of(kRefusedWord);
constexpr Key kLimitKeys[] = {
    {"rate", &kRate, "requests in a time, spread evenly behind the burst"},
    {"burst", &kMany, "requests at one instant after a pause", "the rate's count"},
    {"quota", &kQuota, "requests in an hour, day, week or month"},
    {"zone", &kZone, "whose calendar a quota follows", "UTC"},
    {"concurrency", &kMany, "requests at once"},
    {"tokens", &kLater, "tokens of models"},
    {"per", &kPers, "for whom is counted: one or several together", {}, true},
    {"on", &kOnRefused, "refused: count refused requests of an address"},
    {"dry_run", &kBoolean, "count and log, never refuse", "false"},
};
constexpr Shape kLimit = object(kLimitKeys);
constexpr Shape kLimits = table_of(kLimit);
constexpr Key kGlobalKeys[] = {
    {"networks", &kNetworkRule, "addresses that are let in or kept out, for every request", "anywhere"},
    {"limits", &kLimitNames, "limits of every request", "none"},
};
constexpr Shape kGlobal = object(kGlobalKeys);

constexpr Shape kWeekday = text("a day such as mon, or a range such as mon-fri");
constexpr Shape kDays = list_of(kWeekday, false, &kWeekday);
constexpr Shape kTimeOfDay = text("a time of day such as 08:00");
constexpr Key kWindowKeys[] = {
    {"days", &kDays, "days on which it opens", "all"},
    {"from", &kTimeOfDay, "when it opens", "00:00"},
    {"to", &kTimeOfDay, "when it is closed again; before `from`: on the next day", "24:00"},
    {"zone", &kZone, "whose clock", "UTC"},
};
constexpr Shape kWindow = object(kWindowKeys);
constexpr Shape kWindows = list_of(kWindow);

constexpr Shape kHash = text("sha256: and 64 hexadecimal digits");
constexpr Word kEnvironmentWords[] = {"live", "test"};
constexpr Shape kEnvironment = one_of(kEnvironmentWords);
constexpr Shape kTime = text("a date, or a time with its zone (RFC 3339)");
constexpr Shape kRevoked = text("true, false or a time with its zone");
constexpr Key kKeyKeys[] = {
    {"id", &kName, "the 8 characters behind the key's prefix; any name for a foreign key", {}, true},
    {"hash", &kHash, "of the key's secret; `reeve key create CALLER --print` makes it"},
    {"foreign", &kHash, "of an imported key, as a whole"},
    {"env", &kEnvironment, "where it is valid", "live"},
    {"not_before", &kTime, "valid from then on"},
    {"expires", &kTime, "valid until then"},
    {"revoked", &kRevoked, "no longer valid, for good", "false"},
};
constexpr Shape kKey = object(kKeyKeys);
constexpr Shape kKeys = list_of(kKey);
constexpr Key kCallerKeys[] = {
    {"name", &kName, "unique among callers", {}, true},
    {"team", &kName, "that it belongs to", "none"},
    {"roles", &kRoleNames, "its own, beside its team's"},
    {"networks", &kNetworkRule, "where it may call from, beside the route's", "anywhere"},
    {"limits", &kLimitNames, "that apply to it", "none"},
    {"password", &kLater, "for basic authentication"},
    {"certificates", &kLater, "client certificates"},
    {"keys", &kKeys, "its keys"},
};
constexpr Shape kCaller = object(kCallerKeys);
constexpr Shape kCallers = list_of(kCaller);

constexpr Shape kExpectedRequest = text("a method and a URL, such as POST http://api.example.com/posts");
constexpr Shape kExpectedCode = text("true, or the code of a refusal");
constexpr Shape kAddressText = text("an address");
constexpr Key kExpectKeys[] = {
    {"as", &kCallerName, "a caller, or anonymous", "anonymous"},
    {"from", &kAddressText, "the client's address", "any: networks pass"},
    {"at", &kTime, "when", "any: hours and expiry pass"},
    {"request", &kExpectedRequest, "what is asked", {}, true},
    {"allow", &kBoolean, "true: it shall be let through"},
    {"deny", &kExpectedCode, "true or a code: it shall be refused"},
};
constexpr Shape kExpect = object(kExpectKeys);
constexpr Shape kExpects = list_of(kExpect);
constexpr Word kDisclosureWords[] = {"none", "own", "full"};
constexpr Shape kDisclosureWord = one_of(kDisclosureWords);
constexpr Key kDisclosureKeys[] = {
    {"reasons_to_caller", &kDisclosureWord, "what an accepted caller is told of a refusal", "own"},
};
constexpr Shape kDisclosure = object(kDisclosureKeys);

}  // namespace reeve::config
