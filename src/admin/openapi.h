// SPDX-License-Identifier: Apache-2.0
// `GET /openapi.json`: what the admin API offers, in OpenAPI 3.1. A constant text; openapi_test holds it
// against the table of resources.
#pragma once

#include "admin/admin.h"

namespace reeve::admin {

rt::Task<Answer> openapi(Call& call);

}  // namespace reeve::admin
