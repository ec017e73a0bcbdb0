// SPDX-License-Identifier: Apache-2.0
// Connections to upstreams, one Client a reactor: pools of kept connections, dialling with name resolution
// and TLS, and the choice of a target by balance and health. What is counted over all reactors (health,
// requests in flight, connections) is in Shared, found by (upstream name, target url), and outlives reloads.
// Does not speak of requests: the proxy writes and reads through Connection::stream and ::reader.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/error.h"
#include "exchange/h1_reader.h"
#include "policy/snapshot.h"
#include "policy/target_choice.h"
#include "rt/doors.h"
#include "rt/loop.h"

namespace reeve::upstream {

class Shared;      ///< health vector and counts of all targets; shared.h
class TargetPool;  ///< one reactor's side of a target; pool.h

/// One connection to a target. Destroying it closes it.
struct Connection {
  Connection(std::unique_ptr<rt::Stream> connected, std::shared_ptr<TargetPool> of);
  ~Connection();

  std::unique_ptr<rt::Stream> stream;
  exchange::H1Reader reader;
  std::shared_ptr<TargetPool> pool;
  Endpoint endpoint;    ///< which of the target's addresses it goes to
  bool reused = false;  ///< has carried a message before: its end before the first answer byte is no attempt
  MonoTime idle_since{};
};

/// The targets of one configuration generation on this reactor: Binding[upstream][target], same indices as
/// Snapshot::upstreams and Upstream::targets.
struct BoundUpstream {
  std::vector<std::shared_ptr<TargetPool>> targets;
  policy::RoundRobinState turn;  ///< of this reactor
};
using Binding = std::vector<BoundUpstream>;

/// What became of an attempt, for ejection.
enum class Outcome : std::uint8_t {
  Success,  ///< ends a row of failures
  ConnectFailure,
  Timeout,
  Malformed,
  ServerError,
  None,  ///< says nothing about the target: the client left, or Reeve itself failed
};

/// Which kept connections may serve (architecture, 4): a non-idempotent request goes only on one that has
/// been idle for less than half of the learned keep-alive time, since its end would leave us not knowing.
enum class Use : std::uint8_t { Idempotent, NonIdempotent };

class Client {
 public:
  Client(rt::Loop& loop, rt::Dialer& dialer, rt::Resolver& resolver, std::shared_ptr<Shared> shared);
  ~Client();

  /// Makes (or finds again) the pools of a configuration. Pools that only older generations know stop keeping
  /// connections.
  Binding bind(const policy::Snapshot& snapshot);

  /// Index of the target for the next attempt, or -1 when there is none (no-healthy-target). `tried` has a
  /// bit for each target already tried by this request; those are taken again only when no other is left and
  /// `allow_tried`; beyond 64 targets they share bits. `hash` for Balance::Hash.
  int choose(const policy::Upstream& upstream, BoundUpstream& bound, std::uint64_t hash, std::uint64_t tried,
             bool allow_tried);

  /// A kept connection if one is fit, else null. Never waits.
  std::unique_ptr<Connection> take_kept(const std::shared_ptr<TargetPool>& target, Use use);
  /// A new connection: waits for a place under connections.max, the name, the connect and the TLS handshake,
  /// all until `deadline`. UpstreamUnreachable (Sent::Nothing), UpstreamTimeout while connecting is
  /// UpstreamUnreachable too; DependencyUnavailable when the name servers cannot say; Overloaded when no
  /// place became free; ClientClosed with Fault::Cancelled. When it had to wait for a place, the connection
  /// may be one that another request has just given back: then it is `reused`.
  rt::Task<Result<std::unique_ptr<Connection>>> connect(std::shared_ptr<TargetPool> target,
                                                        rt::Deadline deadline,
                                                        rt::Cancellation& cancellation);
  /// After a complete exchange: keeps the connection if it is fit. `keep_alive_timeout`: seconds that the
  /// upstream's Keep-Alive field told, 0 if none.
  void give_back(std::unique_ptr<Connection> connection, std::uint32_t keep_alive_timeout);
  /// A kept connection ended before the first answer byte: learns how long this upstream keeps them.
  void went_stale(const Connection& connection);

  /// Counted for least_requests, ejection and metrics; begin and end once each an attempt.
  void begin(TargetPool& target);
  void end(TargetPool& target, Outcome outcome);

  /// Closes all kept connections, for drain.
  void close_kept();
  /// Retires all pools and waits for name queries in flight (5 s at most). Awaited before the Client is
  /// destroyed, once its requests have ended; needed only where targets have names.
  rt::Task<> stop();

 private:
  rt::Loop& loop_;
  rt::Dialer& dialer_;
  rt::Resolver& resolver_;
  std::shared_ptr<Shared> shared_;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reeve::upstream
