// SPDX-License-Identifier: Apache-2.0
// In which form a client wants Reeve's own answers (rules, 4). Asked when a refusal is written. Does not
// negotiate for upstreams: their answers are theirs.
#pragma once

#include "http/message.h"

namespace reeve::http {

/// JSON unless Accept is there and matches none of application/json, application/problem+json, application/*
/// and
/// */* with q > 0 (RFC 9110 12.5.1). A weight that is none counts as 1.
bool accepts_json(const Head& head);

}  // namespace reeve::http
