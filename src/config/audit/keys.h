// SPDX-License-Identifier: Apache-2.0
// How each caller's keys stand at a moment: which of them would be accepted, until when. By the same dates as
// identity judges by; asked by the rules on callers.
#pragma once

#include <vector>

#include "policy/snapshot.h"

namespace reeve::config::audit {

struct CallerKeys {
  std::uint32_t usable = 0;  ///< accepted now, or from its `not_before` on
  std::uint32_t expired = 0;
  std::uint32_t revoked = 0;
  std::uint32_t elsewhere = 0;         ///< of the other environment
  std::uint32_t last = policy::kNone;  ///< of the usable ones that which ends last
  WallTime until = WallTime::min();    ///< when it ends; max() = never
  bool until_revoked = false;          ///< it ends because somebody has said so
};

enum class KeyState : std::uint8_t { Usable, Expired, Revoked, Elsewhere };
KeyState state_of(const policy::Snapshot& snapshot, const policy::Key& key, WallTime now);

std::vector<CallerKeys> keys_by_caller(const policy::Snapshot& snapshot, WallTime now);

}  // namespace reeve::config::audit
