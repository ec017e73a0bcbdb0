// SPDX-License-Identifier: Apache-2.0
#include "config/audit/keys.h"

namespace reeve::config::audit {

KeyState state_of(const policy::Snapshot& snapshot, const policy::Key& key, WallTime now) {
  if (!key.foreign && key.environment != snapshot.environment) return KeyState::Elsewhere;
  const policy::KeyDates* dates = snapshot.keys.dates(key);
  const auto code = dates == nullptr ? std::nullopt : policy::out_of_force(*dates, now);
  if (code == Code::CredentialRevoked) return KeyState::Revoked;
  return code == Code::CredentialExpired ? KeyState::Expired : KeyState::Usable;
}

std::vector<CallerKeys> keys_by_caller(const policy::Snapshot& snapshot, WallTime now) {
  std::vector<CallerKeys> all(snapshot.callers.size());
  for (std::uint32_t i = 0; i < snapshot.keys.size(); ++i) {
    const policy::Key& key = snapshot.keys[i];
    CallerKeys& of = all[key.caller];
    switch (state_of(snapshot, key, now)) {
      case KeyState::Expired:
        ++of.expired;
        continue;
      case KeyState::Revoked:
        ++of.revoked;
        continue;
      case KeyState::Elsewhere:
        ++of.elsewhere;
        continue;
      case KeyState::Usable:
        break;
    }
    ++of.usable;
    const policy::KeyDates* dates = snapshot.keys.dates(key);
    WallTime until = WallTime::max();
    bool revoked = false;
    if (dates != nullptr && dates->expires) until = *dates->expires;
    if (dates != nullptr && dates->revoked_at && *dates->revoked_at < until) {
      until = *dates->revoked_at;
      revoked = true;
    }
    if (of.last != policy::kNone && until <= of.until) continue;
    of.last = i;
    of.until = until;
    of.until_revoked = revoked;
  }
  return all;
}

}  // namespace reeve::config::audit
