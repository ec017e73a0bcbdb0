// SPDX-License-Identifier: Apache-2.0
// `POST /v1/reload`: loads the file that the gateway was started with. Answers when every reactor serves the
// new configuration (rules, 1), or with what keeps it from that. What `reeve reload --json` prints.
#pragma once

#include "admin/admin.h"

namespace reeve::admin {

rt::Task<Answer> reload(Call& call);

/// `{ok, changed, configuration, findings, loses, digest}`.
std::string reload_json(const control::ReloadResult& result);

}  // namespace reeve::admin
