// SPDX-License-Identifier: Apache-2.0
// `plan` as a document (contract, 6): what a changed configuration takes and gives, with its findings and the
// digest by which losses are accepted. For POST /v1/plan, `reeve plan` and the gate of a reload. Any thread;
// not for hot paths.
#pragma once

#include <string>

#include "config/load.h"
#include "explain/plan.h"

namespace reeve::control {

/// Covers both configurations (but the new one's `gate`) and what is lost between them; hexadecimal.
std::string plan_digest(const policy::Snapshot& before, const config::Sources& after,
                        const explain::Plan& plan);

/// `loses` alone, as a JSON array.
std::string lost_rows(const explain::Plan& plan);

struct PlanDocument {
  bool loses = false;  ///< or it could not be loaded
  std::string json;
};
/// Of `after` as a load gave it: with errors, `{ok: false, findings}`.
PlanDocument plan_document(const policy::Snapshot& before, const config::LoadResult& after, WallTime at);

}  // namespace reeve::control
