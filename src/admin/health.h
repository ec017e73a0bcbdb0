// SPDX-License-Identifier: Apache-2.0
// `/healthz` (the process lives and its control thread turns) and `/readyz` (it wants traffic: not before
// every listener accepts, not once it drains). For load balancers and supervisors; no token.
#pragma once

#include "admin/admin.h"

namespace reeve::admin {

rt::Task<Answer> healthz(Call& call);
rt::Task<Answer> readyz(Call& call);

}  // namespace reeve::admin
