// SPDX-License-Identifier: Apache-2.0
// TLS towards upstreams: contexts that verify (against the system's CAs or a given one), present a client
// certificate and keep sessions to resume; and the handshake of one connection. The system's CAs are loaded
// once a process, on first need, off the reactors (21 ms). Used by net::Dialer; what a failure means is
// judged above.
#pragma once

#include <memory>
#include <string>

#include "rt/cancellation.h"
#include "rt/deadline.h"
#include "rt/doors.h"
#include "rt/loop.h"
#include "rt/stream.h"
#include "rt/task.h"

namespace reeve::net {

/// Equal settings give the same context as long as somebody holds it. Any thread. Never null: settings that
/// cannot be used (they were judged when the configuration was loaded) make every handshake fail with that
/// text.
std::shared_ptr<rt::TlsClientContext> make_tls_client_context(const rt::TlsClientSettings& settings);

/// Shakes hands over `plain` and gives the stream that stands around it. `server_name` is sent as SNI (unless
/// it is an address) and is the name that the certificate must carry. TlsFailed for whatever ends the
/// handshake early: context.last_failure() then tells it. Also TimedOut, Cancelled.
rt::Task<rt::IoResult<std::unique_ptr<rt::Stream>>> tls_connect(
    rt::Loop& loop, rt::Offload& offload, std::unique_ptr<rt::Stream> plain, rt::TlsClientContext& context,
    std::string server_name, rt::Deadline deadline, rt::Cancellation* cancellation);

}  // namespace reeve::net
