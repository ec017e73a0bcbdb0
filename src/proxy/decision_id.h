// SPDX-License-Identifier: Apache-2.0
// The decision id of an answer: its record, sealed. Called once for every final answer, with the reactor's
// own sealer; what goes into the record is the caller's business. Opening is the control plane's
// (control/decision_keys.h).
#pragma once

#include <array>
#include <string_view>

#include "crypto/sealed_id.h"
#include "explain/record.h"

namespace reeve::proxy {

using DecisionIdBuffer = std::array<char, crypto::kIdTextMost>;

/// The value of Reeve-Decision, in `out`. Allocates nothing; less than a microsecond.
std::string_view seal_decision(crypto::IdSealer& sealer, const explain::Record& record,
                               DecisionIdBuffer& out);

}  // namespace reeve::proxy
