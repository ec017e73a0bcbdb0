// SPDX-License-Identifier: Apache-2.0
// The answer on its way to the client: head and first part in one piece, then part by part, as fast as the
// client reads. And the tunnel that a connection becomes after 101. [relay.cpp, tunnel.cpp]
#pragma once

#include "proxy/attempt.h"

namespace reeve::proxy {

/// Sends the answer whose head is in `attempt`. An error after the head has gone cuts the answer: the
/// client's connection is closed so that the cut shows.
rt::Task<Result<void>> relay_answer(Request& request, Attempt& attempt, Duration idle, rt::Deadline total);

/// Sends the 101 and carries bytes both ways until both sides have ended or nothing moves for `idle`.
rt::Task<Result<void>> tunnel(Request& request, Attempt& attempt, Duration idle, rt::Deadline total);

}  // namespace reeve::proxy
