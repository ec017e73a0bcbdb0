// SPDX-License-Identifier: Apache-2.0
// One client connection, request after request: idle, head, handler, what is left of the body, idle again.
// Lives in the frame of serve_connection; small, since thousands of idle ones wait there.
#pragma once

#include <memory>
#include <optional>

#include "rt/cancellation.h"
#include "server/connections.h"

namespace reeve::server {

class Connection : public Connections::Link {
 public:
  Connection(Connections& owner, std::unique_ptr<rt::Stream> stream, const PeerFacts& peer);
  ~Connection();

  rt::Task<> serve();
  /// Ends it while it waits for a request; false if that was done before.
  bool close_waiting();
  void cut();

 private:
  enum class Next : std::uint8_t { Request, Close, Linger };

  rt::Task<bool> open();  // PROXY header, TLS
  rt::Task<Next> serve_request();
  rt::Task<Next> refuse(Exchange& exchange, Error error);
  rt::Task<Next> leave_body(Exchange& exchange);
  rt::Task<> linger();

  Connections& owner_;
  std::unique_ptr<rt::Stream> stream_;
  PeerFacts peer_;
  rt::Cancellation cancellation_;
  std::optional<exchange::H1Reader> reader_;
  bool closing_ = false;
  bool fresh_ = true;  // no byte of a request has come yet
};

}  // namespace reeve::server
