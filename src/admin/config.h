// SPDX-License-Identifier: Apache-2.0
// `GET /v1/config` (contract, 7): the configuration that is served, as it was written, without secrets. What
// that leaves out is config/show.h's matter.
#pragma once

#include "admin/admin.h"

namespace reeve::admin {

rt::Task<Answer> config(Call& call);

}  // namespace reeve::admin
