// SPDX-License-Identifier: Apache-2.0
// `/metrics`: the Registry's text. No token, as scrapers expect; it names routes and targets, so the admin
// address is not for the public.
#pragma once

#include "admin/admin.h"

namespace reeve::admin {

rt::Task<Answer> metrics(Call& call);

}  // namespace reeve::admin
