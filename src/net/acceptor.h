// SPDX-License-Identifier: Apache-2.0
// Takes clients from the listening sockets and gives each to the reactor with the fewest connections. An
// AcceptGroup is the reactors that share listeners; an Acceptor is one reactor's part of it. Where
// descriptors or the connection limit run out it asks for idle connections to be shed, and pauses. Serves
// nothing itself.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/peer_facts.h"
#include "net/listener.h"
#include "net/reactor.h"
#include "net/socket_stream.h"
#include "rt/timer_wheel.h"

namespace reeve::net {

/// What the connections of a listener become. Replaced as a whole on reload (certificates); a connection gets
/// the one under which it was accepted.
struct ListenerService {
  /// Runs on the reactor that the stream lives on.
  using Wrap = std::function<std::unique_ptr<rt::Stream>(Reactor&, std::unique_ptr<rt::Stream>)>;
  std::uint16_t index = 0;  ///< PeerFacts::listener
  bool secure = false;      ///< PeerFacts::secure
  Wrap wrap;                ///< TLS; empty = the socket as it is
};

/// What a reactor does with connections; all is called on its thread.
struct AcceptHandlers {
  std::function<void(std::unique_ptr<rt::Stream>, const PeerFacts&)> on_connection;
  /// Close idle connections, here or by mail elsewhere; returns how many will go. May be empty.
  std::function<std::size_t()> on_pressure;
};

class AcceptGroup;

class Acceptor final : private CloseObserver {
 public:
  Acceptor(Reactor& reactor, AcceptGroup& group, AcceptHandlers handlers);
  ~Acceptor();

  /// Connections of this reactor, handed-over ones on their way included. From any thread.
  std::uint32_t connections() const { return connections_.load(std::memory_order_relaxed); }

 private:
  friend class AcceptGroup;
  using Service = std::shared_ptr<const ListenerService>;
  struct Entry;
  enum class Shortage : std::uint8_t { Limit, Descriptors, Memory };

  void start(std::shared_ptr<Listener> listener, Service service);
  void replace(const Listener& listener, Service service);
  void stop(const Listener& listener);

  void accept_batch(Entry& entry, int most);
  bool accept_one(Entry& entry);
  void admit(UniqueFd socket, const PeerFacts& facts, const Service& service);
  void stream_closed() override;
  void under_pressure(Entry& entry, Shortage shortage);
  void turn_away(Entry& entry);
  void pause(Duration span);
  void resume();
  void register_entry(Entry& entry);

  struct PauseTimer : rt::Timer {
    explicit PauseTimer(Acceptor& a)
        : Timer([](Timer& timer) { static_cast<PauseTimer&>(timer).acceptor.resume(); }), acceptor(a) {}
    Acceptor& acceptor;
  };

  Reactor& reactor_;
  AcceptGroup& group_;
  AcceptHandlers handlers_;
  std::vector<std::unique_ptr<Entry>> entries_;
  UniqueFd reserve_;  // given up to accept a client only to close it, when nothing else is left
  PauseTimer pause_timer_{*this};
  bool paused_ = false;
  bool closing_ = false;  // in stop(): no pause helps
  // Relaxed: only compared to choose a reactor; a moment's error costs nothing.
  std::atomic<std::uint32_t> connections_{0};
};

/// Made before its reactors run; ends after they have stopped and all its connections are closed.
class AcceptGroup {
 public:
  AcceptGroup() = default;
  ~AcceptGroup();
  AcceptGroup(const AcceptGroup&) = delete;
  AcceptGroup& operator=(const AcceptGroup&) = delete;

  /// Before the first start().
  Acceptor& add(Reactor& reactor, AcceptHandlers handlers);

  // From any thread; each reactor follows in its next turn.
  /// Begins to accept.
  void start(std::shared_ptr<Listener> listener, ListenerService service);
  /// Connections accepted from now on get this.
  void replace(const std::shared_ptr<Listener>& listener, ListenerService service);
  /// Accepts what is queued, then lets go; the last reactor closes the socket. Open connections stay.
  void stop(const std::shared_ptr<Listener>& listener);

  /// The most connections at once, of all reactors together.
  void set_limit(std::uint32_t limit) { limit_.store(limit, std::memory_order_relaxed); }
  std::uint32_t limit() const { return limit_.load(std::memory_order_relaxed); }
  std::uint32_t connections() const { return connections_.load(std::memory_order_relaxed); }

 private:
  friend class Acceptor;
  bool take_place();
  void give_place() { connections_.fetch_sub(1, std::memory_order_relaxed); }
  Acceptor& least_loaded(Acceptor& own) const;

  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  // Relaxed: counts; the sum is exact because each change is one atomic addition.
  std::atomic<std::uint32_t> connections_{0};
  std::atomic<std::uint32_t> limit_{0xffffffff};
};

}  // namespace reeve::net
