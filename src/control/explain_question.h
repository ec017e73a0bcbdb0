// SPDX-License-Identifier: Apache-2.0
// Why (contract, 5): the explanation of a request that was never sent, and of a decision whose id somebody
// holds. Used by the admin API for the configuration that is served, and by `reeve explain -c FILE` for one
// that is not. Evaluates with the functions that serve; changes nothing and takes no counter. Any thread; not
// for hot paths.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/decision_keys.h"
#include "explain/explanation.h"
#include "policy/snapshot.h"

namespace reeve::control {

/// A request that was never sent, and who would send it: a caller, a key, or (neither) nobody.
struct ExplainQuestion {
  std::string as;
  std::string key;  ///< a whole key; never shown
  std::optional<IpAddress> from;
  std::optional<WallTime> at;  ///< none = now
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// From the body of POST /v1/explain. The error is a sentence for people and shows no value.
std::expected<ExplainQuestion, std::string> read_question(const std::string& body);

/// A configuration to be asked.
struct Asked {
  const policy::Snapshot& snapshot;
  WallTime loaded{};  ///< when it began to be served
  /// How the limits stand, without taking; empty = counters are not looked at.
  std::function<void(const policy::Facts&, const policy::Decision&, policy::Standings&)> peek;
};

/// Errors are sentences for people, with what to do.
std::expected<explain::Explanation, std::string> explain_question(const Asked& asked,
                                                                  const ExplainQuestion& question,
                                                                  WallTime now);
/// The configuration with a mark, if it is kept; what it points to outlives the call that asks.
using FindEarlier = std::function<std::optional<Asked>(const explain::ConfigurationMark&)>;
/// `today`: the configuration that is served. `earlier` is asked when the decision was taken under another.
std::expected<explain::Explanation, std::string> explain_decision(const Asked& today,
                                                                  const FindEarlier& earlier,
                                                                  const DecisionKeys& keys,
                                                                  std::string_view id);

}  // namespace reeve::control
