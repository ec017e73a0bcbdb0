// SPDX-License-Identifier: Apache-2.0
// Active health checks of all targets that have `health:`, on one loop (the control reactor), over
// connections of their own. Writes its verdict into SharedTarget, where every reactor's choice and the scrape
// read it; changes are told by Shared's Watch. Not asked by requests; outlier ejection is TargetPool's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/prng.h"
#include "policy/snapshot.h"
#include "rt/doors.h"
#include "rt/loop.h"
#include "rt/scope.h"
#include "upstream/shared.h"

namespace reeve::upstream {

/// When results in a row change the verdict. As HAProxy does it: a target is used from the start, and its
/// very first check decides at once; after that `fall` failures take it out and `rise` successes bring it
/// back.
class RiseFall {
 public:
  /// The verdict with this result.
  bool feed(bool good, std::uint32_t rise, std::uint32_t fall);
  bool healthy() const { return healthy_; }

 private:
  bool healthy_ = true;
  bool checked_ = false;
  std::uint32_t against_ = 0;  // results in a row that contradict the verdict
};

class HealthChecker {
 public:
  /// `seed` spreads the checks in time.
  HealthChecker(rt::Loop& loop, rt::Dialer& dialer, rt::Resolver& resolver, std::shared_ptr<Shared> shared,
                std::uint64_t seed);
  ~HealthChecker();

  /// Checks what this configuration says, the first time at once. Targets that were checked before keep their
  /// verdict and results in a row; those that are not checked any more count as healthy.
  void apply(const policy::Snapshot& snapshot);
  /// Ends all checks. Awaited before the HealthChecker is destroyed.
  rt::Task<> stop();

 private:
  struct Check;
  using Key = std::pair<std::string, std::string>;

  std::shared_ptr<Check> make_check(const policy::Upstream& upstream, const policy::Target& target);
  void configure(Check& check, const policy::Upstream& upstream, const policy::Target& target);
  static rt::Task<> watch(HealthChecker& self, std::shared_ptr<Check> check);
  Duration with_jitter(Duration every);

  rt::Loop& loop_;
  rt::Dialer& dialer_;
  rt::Resolver& resolver_;
  std::shared_ptr<Shared> shared_;
  Prng jitter_;
  rt::Scope running_;
  std::map<Key, std::shared_ptr<Check>> checks_;
};

}  // namespace reeve::upstream
