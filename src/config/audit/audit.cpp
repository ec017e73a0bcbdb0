// SPDX-License-Identifier: Apache-2.0
#include "config/audit/audit.h"

#include <algorithm>

#include "config/audit/subject.h"

namespace reeve::config::audit {

void run(const yaml::Node& root, const policy::Snapshot& snapshot, const Audit& wanted, Context& context) {
  Teller teller(context.findings, wanted.hints);
  Subject subject{.snapshot = snapshot,
                  .root = root,
                  .context = context,
                  .now = wanted.now,
                  .teller = teller,
                  .keys = keys_by_caller(snapshot, wanted.now)};
  subject.any_usable_key =
      std::ranges::any_of(subject.keys, [](const CallerKeys& keys) { return keys.usable > 0; });
  audit_callers(subject);
  audit_reach(subject);
  audit_networks(subject);
  audit_proxies(subject);
  audit_hours(subject);
  audit_limits(subject);
  audit_routes(subject);
  audit_paths(subject);
  audit_transport(subject);
  audit_unused(subject);
  teller.finish();
}

}  // namespace reeve::config::audit
