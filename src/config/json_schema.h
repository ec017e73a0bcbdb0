// SPDX-License-Identifier: Apache-2.0
// The table of keys as a JSON Schema (2020-12), for editors: docs/reeve.schema.json is exactly this text,
// which a test sees to (REEVE_WRITE_SCHEMA=1 makes that test write it). It is as strict as the table; what
// only meaning can judge is left to `reeve check`.
#pragma once

#include <string>

namespace reeve::config {

std::string json_schema();

}  // namespace reeve::config
