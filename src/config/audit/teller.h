// SPDX-License-Identifier: Apache-2.0
// Takes the audit's findings and keeps them readable: one a rule and place (a default of ten thousand routes
// is one place), a bounded number a rule, hints only where they are wanted. Lives as long as the audit.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "config/audit/rules.h"
#include "config/finding.h"

namespace reeve::config::audit {

class Teller {
 public:
  Teller(Findings& findings, bool hints) : findings_(findings), hints_(hints) {}

  /// Whether a finding of that rule would be shown at all: else it need not be looked for.
  bool wants(const Rule& rule) const { return hints_ || rule.severity != Severity::Info; }
  void tell(const Rule& rule, SourcePos at, std::string text, std::string fix);
  /// Says how many were held back; once, behind everything.
  void finish();

 private:
  struct Count {
    std::size_t told = 0;
    std::size_t held_back = 0;
    SourcePos first_held_back{};
  };
  void add(const Rule& rule, SourcePos at, std::string text, std::string fix);

  Findings& findings_;
  bool hints_;
  std::map<const Rule*, Count> counts_;
  std::set<std::tuple<const Rule*, std::uint32_t, std::uint32_t, std::uint32_t>> places_;
};

}  // namespace reeve::config::audit
