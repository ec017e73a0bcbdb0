// SPDX-License-Identifier: Apache-2.0
// One request on one upstream connection, up to the head of its final answer; forward.cpp says how many there
// are. Chooses nothing and delivers nothing but interim answers. [attempt.cpp]
#pragma once

#include <memory>

#include "http/message.h"
#include "policy/weights.h"
#include "proxy/request.h"
#include "proxy/upload.h"
#include "upstream/client.h"

namespace reeve::proxy {

struct Attempt {
  std::unique_ptr<upstream::Connection> connection;
  http::ResponseHead head;  ///< final, or 101
  rt::Buffer head_bytes;    ///< keeps `head` alive
  bool stale = false;       ///< a kept connection ended before the first answer byte: it may not count
};

/// Writes the request to `attempt.connection` and reads the head of the answer; interim answers go to the
/// client at once. The upload may still be running afterwards. `total` bounds everything.
rt::Task<Result<void>> send_and_read_head(Request& request, Upload& upload, Attempt& attempt,
                                          const policy::EffectiveTimeouts& timeouts, rt::Deadline total);

}  // namespace reeve::proxy
