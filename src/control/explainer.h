// SPDX-License-Identifier: Apache-2.0
// What the running gateway can be asked about its decisions: the configuration that is served, earlier ones,
// counters and the keys of decision ids in one place. Made by the wiring, used by the admin API on the
// control thread.
#pragma once

#include <functional>
#include <memory>

#include "control/archive.h"
#include "control/control.h"
#include "control/explain_question.h"
#include "limits/table.h"
#include "rt/loop.h"

namespace reeve::control {

class Explainer {
 public:
  /// `binding` gives the counters' side of the configuration that is served.
  Explainer(const rt::Loop& loop, const Control& control, const limits::Table& limits,
            std::function<std::shared_ptr<const limits::Binding>()> binding, const DecisionKeys& keys,
            Archive& archive)
      : loop_(loop),
        control_(control),
        limits_(limits),
        binding_(std::move(binding)),
        keys_(keys),
        archive_(archive) {}

  std::expected<explain::Explanation, std::string> question(const ExplainQuestion& question) const;
  std::expected<explain::Explanation, std::string> decision(std::string_view id) const;

 private:
  const rt::Loop& loop_;
  const Control& control_;
  const limits::Table& limits_;
  std::function<std::shared_ptr<const limits::Binding>()> binding_;
  const DecisionKeys& keys_;
  Archive& archive_;
};

}  // namespace reeve::control
