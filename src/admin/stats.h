// SPDX-License-Identifier: Apache-2.0
// `GET /v1/stats`: what the gateway has done since it started, summed up: for people and pages; what is drawn
// over time comes from /metrics.
#pragma once

#include "admin/admin.h"

namespace reeve::admin {

rt::Task<Answer> stats(Call& call);

}  // namespace reeve::admin
