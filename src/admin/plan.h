// SPDX-License-Identifier: Apache-2.0
// `POST /v1/plan {config}` (contract, 6 and 7): who would gain and who would lose if the text that was sent
// were the running configuration's file. Changes nothing.
#pragma once

#include "admin/admin.h"

namespace reeve::admin {

rt::Task<Answer> plan(Call& call);

}  // namespace reeve::admin
