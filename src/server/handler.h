// SPDX-License-Identifier: Apache-2.0
// What a server needs from whoever answers: proxy's Gateway on the data listeners, admin's on the admin
// address. The server accepts, reads heads, keeps or closes connections; it makes no answer of its own.
#pragma once

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
  /// What is left of a request's body is read and thrown away up to here, so that the connection can go on.
  static constexpr std::uint64_t kDiscardMax = 64 * 1024;

  Exchange(rt::Loop& of, rt::Stream& client, exchange::H1Reader& body, const PeerFacts& facts,
           rt::Cancellation& gone, const bool& drain, Duration gap)
      : loop(of),
        stream(client),
        reader(body),
        peer(facts),
        cancellation(gone),
        closing(drain),
        body_idle(gap) {}

  rt::Loop& loop;
  rt::Stream& stream;
  exchange::H1Reader& reader;  ///< the request's body, as a BodySource
  const PeerFacts& peer;
  rt::Cancellation& cancellation;  ///< requested when the client goes while its answer is pending
  const bool& closing;             ///< the server drains: no connection is kept
  Duration body_idle;              ///< longest gap between bytes from and to the client
  MonoTime started{};              ///< when the first byte of the head was seen
  rt::Buffer head_bytes;           ///< keeps `head` alive
  bool expect_pending = false;     ///< the client waits for 100 (Continue); cleared by whoever sends it
  bool close = false;              ///< said by the handler: no further request on this connection
  http::RequestHead head;

  /// Whether the answer may promise to keep the connection: the client wants it, the server is not draining,
  /// and what is left of the body is little enough to be thrown away.
  bool keeps_alive() const {
    if (!head.keep_alive || closing || close) return false;
    if (reader.body_done()) return true;
    return !expect_pending && reader.length_known() && reader.left() <= kDiscardMax;
  }
};

class Handler {
 public:
  virtual ~Handler() = default;
  /// Answers one request: exactly one final response has been written, or `close` is set.
  virtual rt::Task<> serve(Exchange& exchange) = 0;
  /// The answer to bytes that are no request, or came too slowly; `partial.head` holds what could be read.
  /// Empty = none. The connection is closed after it.
  virtual rt::Buffer refuse(const Error& error, Exchange& partial) = 0;
};

}  // namespace reeve::server
