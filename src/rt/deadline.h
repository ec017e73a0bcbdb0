// SPDX-License-Identifier: Apache-2.0
// Until when a wait may last: a point of monotonic time, so that it can be handed on unchanged. Every wait on a
// peer or a dependency has one.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace reeve::rt {

struct Deadline {
  MonoTime at = MonoTime::max();

  static constexpr Deadline never() { return {}; }
  static constexpr Deadline after(MonoTime now, Duration span) { return {now + span}; }
  static constexpr Deadline earlier(Deadline a, Deadline b) { return {std::min(a.at, b.at)}; }
  bool passed(MonoTime now) const { return at <= now; }
};

}  // namespace reeve::rt
