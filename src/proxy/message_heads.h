// SPDX-License-Identifier: Apache-2.0
// The heads that Reeve writes from heads that it read: the request as it goes to the upstream, the answer as
// it goes to the client. Unchanged field lines are copied in runs; what is hop-by-hop or untrusted is left
// out, what Reeve has to say is added. [request_head.cpp, response_head.cpp, with_head.cpp]
#pragma once

#include "exchange/h1_writer.h"
#include "http/message.h"
#include "policy/upstream.h"
#include "proxy/request.h"
#include "rt/stream.h"

namespace reeve::proxy {

/// The request's head for `target`. It ends with the empty line.
rt::Buffer write_request_head(const Request& request, const policy::Target& target);

/// The final answer's head. `keep` is what it promises about the client's connection.
rt::Buffer write_response_head(Request& request, const http::ResponseHead& head, exchange::OutFraming framing,
                               bool keep);
/// An interim answer (103 and its like), or 101 with what Upgrade and Connection must say.
rt::Buffer write_informational_head(Request& request, const http::ResponseHead& head);

/// Head and first body bytes for one write: joined into one buffer when they are small, since copying is
/// cheaper than a second iovec.
rt::WriteList with_head(rt::Buffer head, rt::WriteList body);

}  // namespace reeve::proxy
