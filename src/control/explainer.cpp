// SPDX-License-Identifier: Apache-2.0
#include "control/explainer.h"

namespace reeve::control {

std::expected<explain::Explanation, std::string> Explainer::question(const ExplainQuestion& question) const {
  const std::shared_ptr<const policy::Snapshot> snapshot = control_.current();
  const std::shared_ptr<const limits::Binding> binding = binding_();
  const auto peek = [&](const policy::Facts& facts, const policy::Decision& decision,
                        policy::Standings& standings) {
    limits::Charged charged;
    limits_.peek(*binding, *snapshot, facts, decision, loop_.now(), charged);
    for (const policy::Standing& standing : charged.standings) standings.push_back(standing);
  };
  return explain_question({*snapshot, control_.last_loaded(), peek}, question, loop_.clock().wall);
}

std::expected<explain::Explanation, std::string> Explainer::decision(std::string_view id) const {
  const std::shared_ptr<const policy::Snapshot> snapshot = control_.current();
  std::optional<Archive::Kept> kept;  // what `earlier` answers points into it
  const auto earlier = [&](const explain::ConfigurationMark& mark) -> std::optional<Asked> {
    kept = archive_.find(mark);
    if (!kept) return std::nullopt;
    return Asked{*kept->snapshot, kept->loaded, {}};
  };
  return explain_decision({*snapshot, control_.last_loaded(), {}}, earlier, keys_, id);
}

}  // namespace reeve::control
