// SPDX-License-Identifier: Apache-2.0
// All client connections of one reactor: serves each until it ends, and closes them when asked (idle ones
// under pressure, all of them to drain or to stop). One per listener kind (data, admin), on its reactor.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "http/h1/parse.h"
#include "rt/scope.h"
#include "rt/timer_wheel.h"
#include "server/handler.h"

namespace reeve::server {

struct Settings {
  http::h1::Limits limits;
  Duration head_timeout = std::chrono::seconds(10);
  Duration body_idle = std::chrono::seconds(30);
  Duration idle = std::chrono::seconds(60);
  bool allow_half_close = false;
  /// Whether a connection from that peer begins with a PROXY protocol header; empty = none does.
  std::function<bool(const PeerFacts&)> speaks_proxy_protocol;
  /// Puts TLS around the stream of a `secure` peer, behind a PROXY header if there is one.
  std::function<std::unique_ptr<rt::Stream>(std::unique_ptr<rt::Stream>, const PeerFacts&)> secure;
};

class Connection;

class Connections {
 public:
  Connections(rt::Loop& loop, Handler& handler, Settings settings);
  /// No connection is open then: see closed().
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  void accept(std::unique_ptr<rt::Stream> stream, const PeerFacts& peer);
  /// For connections and requests that begin from now on.
  void settings(Settings settings) { settings_ = std::move(settings); }

  /// From now on idle connections close, and others after the answer that they are at. One that has not asked
  /// anything yet may still do so for a second: its request can be on its way, and clients do not repeat the
  /// first request of a connection.
  void drain();
  /// Makes room: closes up to `count` of those that have been idle longest; if there are none, the oldest one
  /// that has not asked anything yet. Returns how many.
  std::size_t close_idle(std::size_t count);
  /// Breaks off everything that is going on.
  void cut();
  std::size_t open() const { return scope_.running(); }
  /// `co_await connections.closed()`: until none is open.
  auto closed() { return scope_.join(); }

 private:
  friend class Connection;
  struct Link {  // in one of three rings, the oldest first
    Link* previous = this;
    Link* next = this;
    void unlink() {
      previous->next = next;
      next->previous = previous;
      previous = next = this;
    }
    void append_to(Link& ring) {
      unlink();
      previous = ring.previous;
      next = &ring;
      ring.previous->next = this;
      ring.previous = this;
    }
  };

  struct FirstRequestTimer : rt::Timer {
    explicit FirstRequestTimer(Connections& c)
        : Timer([](Timer& timer) { static_cast<FirstRequestTimer&>(timer).connections.end_waiting(); }),
          connections(c) {}
    Connections& connections;
  };
  void end_waiting();

  rt::Loop& loop_;
  Handler& handler_;
  Settings settings_;
  bool draining_ = false;
  bool waits_for_first_ = true;  // of fresh connections, while draining
  FirstRequestTimer first_request_timer_{*this};
  Link fresh_;  // before their first request
  Link idle_;   // between requests
  Link busy_;
  rt::Scope scope_;
};

}  // namespace reeve::server
