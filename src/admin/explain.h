// SPDX-License-Identifier: Apache-2.0
// `POST /v1/explain` and `GET /v1/decisions/{id}` (contract, 7): why. A denied request is no error of the
// question: both answer 200 with the explanation.
#pragma once

#include "admin/admin.h"

namespace reeve::admin {

rt::Task<Answer> explain_question(Call& call);
rt::Task<Answer> explain_decision(Call& call);

}  // namespace reeve::admin
