// SPDX-License-Identifier: Apache-2.0
// What a server needs from whoever answers: proxy's Gateway on the data listeners, admin's on the admin address.
// The server accepts, reads heads, keeps or closes connections; it makes no answer of its own.
#pragma once

#include <memory>

#include "base/error.h"
#include "base/peer_facts.h"
#include "exchange/h1_reader.h"
#include "http/message.h"
#include "rt/cancellation.h"
#include "rt/loop.h"
#include "rt/stream.h"
#include "rt/task.h"

namespace reeve::server {

/// One request on a connection. Lives until the handler has returned.
struct Exchange {
  rt::Loop& loop;
  rt::Stream& stream;
  exchange::H1Reader& reader;  ///< the request's body, as a BodySource
  const PeerFacts& peer;
  /// Requested when the client goes while its answer is pending.
  rt::Cancellation& cancellation;
  /// Idle limit between bytes to and from the client.
  Duration body_idle;
  /// The connection is to be closed after this answer (drain, limit): say so in the answer.
  bool closing = false;
  MonoTime started;  ///< when the first byte of the head was there

  http::RequestHead head;
  rt::Buffer head_bytes;  ///< keeps `head` alive

  // --- what the handler says ---
  bool close = false;    ///< do not serve another request on this connection
  bool expect_pending = false;  ///< the client waits for 100 (Continue): set by the server, cleared by whoever
                                ///< sends it

  /// Whether the answer may promise to keep the connection: the client wants it, the server is not closing, and
  /// what is left of the request body is little enough to be read and thrown away (architecture, 4: 64 KiB).
  bool keeps_alive() const;
};

class Handler {
 public:
  virtual ~Handler() = default;
  /// Answers one request: exactly one final response has been written, or `close` is set.
  virtual rt::Task<> serve(Exchange& exchange) = 0;
  /// The answer to bytes that are no request, or came too slowly: `head` holds what could be read. Empty = close
  /// without one. The connection is closed after it.
  virtual rt::Buffer refuse(const Error& error, Exchange& partial) = 0;
};

}  // namespace reeve::server
